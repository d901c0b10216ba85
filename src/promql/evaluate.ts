// Evaluates a checked syntax tree at one instant over a reader of series, with Prometheus 3's semantics.
// Throws PromqlEvaluationError when the samples do not allow an operation, and nothing else of its own.
// Called by metrics (instant queries) and analysis (gates and their operands).
import type { Millis } from '../lib/clock.ts';
import type { SeriesData, SeriesReader } from '../series/series.ts';
import type { Expr } from './ast.ts';
import { timed } from './durations.ts';
import type { Bounds } from './functions/function.ts';
import { compareLabels } from './labels.ts';
import { Notes } from './notes.ts';
import { oneStep, Pass } from './pass.ts';
import {
  Budget,
  DEFAULT_LIMITS,
  DEFAULT_LOOKBACK_MS,
  DEFAULT_SUBQUERY_STEP_MS,
  type Query,
  type QueryOptions,
} from './query.ts';
import type { Value } from './value.ts';

export { DEFAULT_LOOKBACK_MS, DEFAULT_SUBQUERY_STEP_MS } from './query.ts';

export interface EvaluateOptions extends QueryOptions {
  /** What `@ start()` and `@ end()` mean; of an instant query, both are its instant. */
  readonly start?: Millis;
  readonly end?: Millis;
}

/** The value of an expression made by parse() at the instant `at`. A matrix is in the order of its labels. */
export function evaluate(expr: Expr, reader: SeriesReader, at: Millis, options: EvaluateOptions = {}): Value {
  const { start = at, end = at } = options;
  const value = answered(reader, { start, end, stepMs: 0 }, options, (query) =>
    new Pass(query, oneStep(at)).at(at).value(timed(expr, { stepMs: 0, rangeMs: end - start })),
  );
  return value.kind === 'matrix' ? inOrder(value.series) : value;
}

export const inOrder = (series: readonly SeriesData[]): Extract<Value, { kind: 'matrix' }> => ({
  kind: 'matrix',
  series: series.toSorted((a, b) => compareLabels(a.labels, b.labels)),
});

/** What `answer` makes of the query; its annotations are told whether or not it fails. */
export function answered<T>(
  reader: SeriesReader,
  bounds: Bounds,
  options: QueryOptions,
  answer: (query: Query) => T,
): T {
  const { lookbackMs = DEFAULT_LOOKBACK_MS, subqueryStepMs = DEFAULT_SUBQUERY_STEP_MS, note } = options;
  const notes = note === undefined ? undefined : new Notes();
  const budget = new Budget({ ...DEFAULT_LIMITS, ...options.limits });
  try {
    return answer({ reader, bounds, lookbackMs, subqueryStepMs, notes, budget });
  } finally {
    for (const annotation of notes?.all() ?? []) note?.(annotation);
  }
}
