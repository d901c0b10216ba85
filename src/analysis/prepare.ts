// A gate's text made ready once, when the gate is loaded: placeholders found, parsed, checked to be able to pass and to fail.
// Never evaluates. Called by lint, by the release's acceptance and by the controller.
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { children, type Expr, unwrapped } from '../promql/ast.ts';
import { typeOf } from '../promql/check.ts';
import { INSTANT, timed } from '../promql/durations.ts';
import { parse } from '../promql/parse.ts';
import { selectorsOf, widestWindow } from '../promql/selectors.ts';
import { PromqlEvaluationError, typeName } from '../promql/value.ts';
import { comparisonsOf } from './comparisons.ts';
import { inUsersWords, positionOf, standIn, substitute } from './placeholders.ts';

export interface PreparedGate {
  readonly name: string;
  /** The user's own text. */
  readonly text: string;
  /** With stand-ins where the placeholders stood; planQueries puts a release's labels there. */
  readonly expr: Expr;
  /** It does not name `$stable`. A selector of stable by literal labels is only known with the pair: see `QueryPlan.oneSided`. */
  readonly oneSided: boolean;
  /** How far back the query looks: its widest range with its offset and the subqueries around it, milliseconds; 0 when it reads present values only. */
  readonly windowMs: number;
}

/** SRN1401 … SRN1403 from the parser, SRN1404 for what cannot be a gate; line and column are those of the user's text. */
export function prepareGate(name: string, promql: string): Result<PreparedGate> {
  const substituted = substitute(promql);
  if (!substituted.ok) return substituted;
  const parsed = parse(substituted.value);
  if (!parsed.ok) return failed(...parsed.problems.map((problem) => toUser(problem)));
  const expr = parsed.value;
  const faults = faultsOf(expr, promql);
  if (faults.length > 0) return failed(...faults);
  return ok({ name, text: promql, expr, oneSided: !namesStable(expr), windowMs: widestWindow(expr) });
}

function faultsOf(expr: Expr, text: string): readonly Problem[] {
  const problem = (node: Expr, message: string, accepted: string): Problem => ({
    code: 'SRN1404',
    place: positionOf(text, node.from),
    message,
    found: text.slice(node.from, node.to),
    accepted,
  });
  const type = typeOf(expr);
  const accepted = 'a query that returns nothing while all is well, for example a comparison: sum(rate(…)) > 0.01';
  if (type !== 'vector')
    return [problem(expr, `a ${typeName[type]} always has a value, so that the gate could never pass`, accepted)];
  if (selectorsOf(expr).length === 0) return [problem(expr, 'the query reads no series', accepted)];
  const empty = emptyDuration(expr);
  if (empty !== undefined)
    return [problem(expr, `in a gate step() and range() are 0: ${empty}`, 'durations such as 5m')];
  const fixed = fixedParts(expr);
  if (fixed.length > 0)
    return fixed.map((part) =>
      problem(
        part,
        'with `@` and a time it reads the same samples for ever, but a gate judges what is happening now',
        'the part without @; to look back, use offset',
      ),
    );
  const bool = comparisonsOf(expr).find((comparison) => comparison.bool && unwrapped(expr) === comparison);
  if (bool === undefined) return [];
  return [problem(bool, 'with `bool` a comparison always returns 0 or 1, so that the gate could never pass', accepted)];
}

/** What is wrong with durations by the query's step and range, for a gate is asked at one instant. */
function emptyDuration(expr: Expr): string | undefined {
  try {
    timed(expr, INSTANT);
    return undefined;
  } catch (error) {
    if (error instanceof PromqlEvaluationError) return error.message;
    throw error;
  }
}

/** Selectors and subqueries that stay at one time. (start() and end() are the moment of judging, as for any instant query.) */
function fixedParts(expr: Expr): readonly Expr[] {
  const moment = expr.kind === 'matrixSelector' ? expr.selector : expr;
  return 'at' in moment && typeof moment.at === 'number' ? [expr] : children(expr).flatMap(fixedParts);
}

const namesStable = (expr: Expr): boolean =>
  selectorsOf(expr).some(({ selector }) => selector.matchers.some((matcher) => standIn(matcher) === 'stable'));

const toUser = (problem: Problem): Problem => ({
  ...problem,
  message: inUsersWords(problem.message),
  ...(problem.found === undefined ? {} : { found: inUsersWords(problem.found) }),
});
