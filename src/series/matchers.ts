// Label matchers as predicates: =, !=, =~, !~, regexes in RE2 and anchored at both ends; an absent label equals ''.
// Never scans series (store.ts does). Called by the store, promql (to check regexes early) and mesh.
import { RE2JS, RE2JSException } from 're2js';
import { SerinError } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { labelValue } from './labels.ts';
import type { Labels, Matcher } from './series.ts';

export type Predicate = (value: string) => boolean;

/** RE2 over the whole text; the dot takes newlines too, as Prometheus has it (`^(?s:…)$`). Problem SRN1401, without a place. */
export function compileRegex(pattern: string): Result<Predicate> {
  try {
    const regex = RE2JS.compile(pattern, RE2JS.DOTALL);
    return ok((value) => regex.testExact(value));
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return failed({
      code: 'SRN1401',
      place: {},
      message: `regular expression is not valid: ${error.message.replace('`(?s)', '`')}`,
      found: pattern,
      accepted: 'an RE2 expression (no look-around, no back references)',
    });
  }
}

/** Whether a label's value satisfies the matcher. Throws SerinError on a bad regex: whoever reads users' text checks it first. */
export function compileMatcher({ op, value: wanted }: Matcher): Predicate {
  if (op === '=') return (value) => value === wanted;
  if (op === '!=') return (value) => value !== wanted;
  const compiled = compileRegex(wanted);
  if (!compiled.ok) throw new SerinError(compiled.problems);
  const matches = compiled.value;
  return op === '=~' ? matches : (value) => !matches(value);
}

/** Whether labels satisfy all matchers. */
export function compileMatchers(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }));
  return (labels) => tests.every(({ name, test }) => test(labelValue(labels, name)));
}
