// Prometheus' rule files: groups of recording and alerting rules, strict, each expression parsed.
// Never evaluates (group.ts does). Called by the runner with the text of every file that rule_files names.
import { MOST_BYTES, tooLarge } from '../../api/file-size.ts';
import { formatPath, type Path } from '../../api/path.ts';
import type { Problem } from '../../lib/problem.ts';
import { failed, ok, type Result } from '../../lib/result.ts';
import type { Expr } from '../../promql/ast.ts';
import { parse } from '../../promql/parse.ts';
import { type Decode, type Decoding, duration, list, map, report, text, texts, whole } from '../decode.ts';
import { readTree } from '../tree.ts';
import { templateFault } from './template.ts';

export type RuleLabels = Readonly<Record<string, string>>;

interface Common {
  readonly name: string;
  readonly expr: Expr;
  /** The group's, and over them the rule's own. */
  readonly labels: RuleLabels;
}

export type Rule =
  | (Common & { readonly kind: 'record' })
  | (Common & { readonly kind: 'alert'; readonly forMs: number; readonly keepFiringMs: number });

export interface RuleGroup {
  readonly file: string;
  readonly name: string;
  /** Most series or alerts of one rule; 0: any number. */
  readonly limit: number;
  readonly queryOffsetMs: number;
  readonly rules: readonly Rule[];
}

const rule = map(
  {
    record: text,
    alert: text,
    expr: text,
    for: duration,
    keep_firing_for: duration,
    labels: texts,
    annotations: texts,
  },
  ['expr'],
);
const group = map(
  { name: text, interval: duration, query_offset: duration, limit: whole, labels: texts, rules: list(rule) },
  ['name'],
);
const groups = map({ groups: list(group) });

type Decoded<D> = D extends Decode<infer T> ? T : never;

/** All problems at once. */
export function readRuleFile(name: string, content: string): Result<readonly RuleGroup[]> {
  if (content.length > MOST_BYTES) return failed(tooLarge(name, `${content.length} characters`));
  const read = readTree(name, content);
  if (!read.ok) return read;
  const problems: Problem[] = [];
  const decoding = { file: read.value, problems };
  const decoded = groups(read.value.root, decoding)?.groups ?? [];
  const seen = new Set<string>();
  const found = decoded.map((one): RuleGroup => {
    if (seen.has(one.name))
      report(decoding, [...one.path, 'name'], { message: 'a group of that name stands before', found: one.name });
    seen.add(one.name);
    const rules = (one.rules ?? []).flatMap((each) => ruleOf(each, one.labels ?? {}, decoding) ?? []);
    return { file: name, name: one.name, limit: one.limit ?? 0, queryOffsetMs: one.query_offset ?? 0, rules };
  });
  return problems.length > 0 ? failed(...problems) : ok(found);
}

function ruleOf(one: Decoded<typeof rule>, outer: RuleLabels, decoding: Decoding): Rule | undefined {
  const { record = '', alert = '', path } = one;
  const labels = { ...outer, ...one.labels };
  for (const name of Object.keys(labels))
    if (name === '__name__' || name === '')
      report(decoding, path, { message: 'not a label that a rule may set', found: JSON.stringify(name) });
  if ((record === '') === (alert === ''))
    return report(decoding, path, { message: 'a rule has either `record` or `alert`', accepted: 'one of the two' });
  const expr = exprAt(one.expr, [...path, 'expr'], decoding);
  if (record !== '') return recording(one, expr, labels, decoding);
  for (const [name, value] of Object.entries(labels)) {
    const fault = templateFault(value);
    if (fault !== undefined) report(decoding, [...path, 'labels', name], { code: 'SRN1007', ...fault });
  }
  const { for: forMs = 0, keep_firing_for: keepFiringMs = 0 } = one;
  return expr === undefined ? undefined : { kind: 'alert', name: alert, expr, labels, forMs, keepFiringMs };
}

function recording(
  one: Decoded<typeof rule>,
  expr: Expr | undefined,
  labels: RuleLabels,
  decoding: Decoding,
): Rule | undefined {
  const { record: name = '', path } = one;
  for (const field of ['for', 'keep_firing_for', 'annotations'] as const)
    if (one[field] !== undefined && one[field] !== 0)
      report(decoding, [...path, field], { message: `a recording rule has no \`${field}\`` }, 'key');
  if (/[{}]/.test(name))
    report(decoding, [...path, 'record'], { message: 'a name with braces; do they belong to `expr`?', found: name });
  return expr === undefined ? undefined : { kind: 'record', name, expr, labels };
}

/** Parsed; what is wrong in it is told where it stands in the file. */
export function exprAt(written: string, path: Path, decoding: Decoding): Expr | undefined {
  const parsed = parse(written);
  if (parsed.ok) return parsed.value;
  for (const { place, code, message, found, accepted } of parsed.problems) {
    const { line = 1, column = 1 } = place;
    const at = { ...decoding.file.placeInText(path, line, column), ...pathOf(path) };
    decoding.problems.push({
      code,
      place: at,
      message,
      ...(found === undefined ? {} : { found }),
      ...(accepted === undefined ? {} : { accepted }),
    });
  }
  return undefined;
}

const pathOf = (path: Path) => ({ path: formatPath(path) });
