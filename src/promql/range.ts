// Evaluates a checked syntax tree at every step of a range of time: what a graph shows.
// Answers as instant queries at each step would; every selector is read once. Called by metrics, `serin test` and `serin replay`.
import type { SeriesReader } from '../series/series.ts';
import type { Expr } from './ast.ts';
import { typeOf } from './check.ts';
import { timed } from './durations.ts';
import { answered, inOrder } from './evaluate.ts';
import { Pass, type Steps } from './pass.ts';
import type { QueryOptions } from './query.ts';
import { PromqlEvaluationError, typeName, type Value } from './value.ts';

export type { Steps } from './pass.ts';

/** Series in the order of their labels; a scalar is one series without labels. */
export function evaluateRange(
  expr: Expr,
  reader: SeriesReader,
  steps: Steps,
  options: QueryOptions = {},
): Extract<Value, { kind: 'matrix' }> {
  const type = typeOf(expr);
  if (type !== 'vector' && type !== 'scalar')
    throw new PromqlEvaluationError(
      `invalid expression type "${typeName[type]}" for range query, must be Scalar or instant Vector`,
    );
  if (!(steps.stepMs > 0))
    throw new RangeError(`a range query's step is a positive number of milliseconds: ${steps.stepMs}`);
  const bounds = { start: steps.startMs, end: steps.endMs, stepMs: steps.stepMs };
  const times = { stepMs: steps.stepMs, rangeMs: steps.endMs - steps.startMs };
  return inOrder(answered(reader, bounds, options, (query) => new Pass(query, steps).matrix(timed(expr, times))));
}
