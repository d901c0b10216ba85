// One query of a test or of a rule, as promtool asks it: an instant query whose result is a vector, and no larger than it allows.
// Never writes. Called by expression.ts and rules/group.ts. Source: promtool; its MaxSamples is ten thousand.
import type { Millis } from '../lib/clock.ts';
import { children, type Expr } from '../promql/ast.ts';
import { evaluate } from '../promql/evaluate.ts';
import { selectorsOf } from '../promql/selectors.ts';
import { PromqlEvaluationError, type Sample, type Value } from '../promql/value.ts';
import { isStale, type SeriesReader } from '../series/series.ts';

const MOST_SAMPLES_READ = 10_000;

/** Throws a PromqlEvaluationError where promtool has an error. */
export function ask(expr: Expr, reader: SeriesReader, at: Millis, subqueryStepMs: number): readonly Sample[] {
  const options = { subqueryStepMs, limits: { samples: MOST_SAMPLES_READ } };
  checkBudget(expr, reader, at);
  for (const subquery of outerSubqueries(expr)) checkSubquery(evaluate(subquery, reader, at, options));
  const value = evaluate(expr, reader, at, options);
  if (value.kind === 'vector') return value.samples;
  if (value.kind === 'scalar') return [{ labels: {}, value: value.value }];
  throw new PromqlEvaluationError('rule result is not a vector or scalar');
}

/**
 * Throws when the range selectors of an instant query hold more in one series. Inside of a subquery windows overlap, and
 * what the query has at hand at once is smaller than they are together: there the evaluation's own limit holds alone.
 */
function checkBudget(expr: Expr, reader: SeriesReader, time: Millis): void {
  for (const { selector, rangeMs, steppedMs, offsetMs, at } of selectorsOf(expr)) {
    if (rangeMs === undefined || steppedMs > 0) continue;
    const end = (typeof at === 'number' ? at : time) - offsetMs;
    // Left-open: a sample at the window's beginning is not in it.
    for (const { times, values } of reader.select(selector.matchers, end - rangeMs + 1, end)) {
      if (times.length <= MOST_SAMPLES_READ) continue;
      const present = times.reduce((count, _, index) => count + (isStale(values, index) ? 0 : 1), 0);
      if (present > MOST_SAMPLES_READ) throw new PromqlEvaluationError(TOO_MANY);
    }
  }
}

const outerSubqueries = (expr: Expr): readonly Expr[] =>
  expr.kind === 'subquery' ? [expr] : children(expr).flatMap(outerSubqueries);

/** The function around a subquery has one series of its result at hand once more. */
function checkSubquery(value: Value): void {
  if (value.kind !== 'matrix') return;
  const lengths = value.series.map(({ times }) => times.length);
  const all = lengths.reduce((sum, length) => sum + length, 0);
  if (all + Math.max(0, ...lengths) > MOST_SAMPLES_READ) throw new PromqlEvaluationError(TOO_MANY);
}

const TOO_MANY = `query processing would load too many samples into memory in query execution (more than ${MOST_SAMPLES_READ}, as in promtool)`;
