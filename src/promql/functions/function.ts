// What a PromQL function is: its argument types and how it is computed, given the means to evaluate its arguments.
// Never names a function (table.ts does). Imported by the function families, the table, check.ts and evaluate.ts.
import type { Millis } from '../../lib/clock.ts';
import type { Labels, SeriesReader } from '../../series/series.ts';
import type { Expr, MatrixSelector, VectorSelector } from '../ast.ts';
import type { Report } from '../problems.ts';
import type { Sample, Value, ValueType } from '../value.ts';

export interface Signature {
  readonly args: readonly ValueType[];
  /** How many of the last arguments may be left out. */
  readonly optional?: number;
  /** The last argument may be given any number of times, or not at all. */
  readonly variadic?: boolean;
  readonly returns: ValueType;
}

/**
 * One series' samples in the left-open window (from, to], without staleness markers; at least one.
 * Views into the store's arrays: never written to, never kept.
 */
export interface Window {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly from: Millis;
  readonly to: Millis;
  readonly rangeMs: number;
}

/** An instant selector's sample with the time it was taken at. */
export interface TimedSample extends Sample {
  readonly time: Millis;
}

/** One evaluation at one instant. Type errors cannot reach it: check.ts has refused them. */
export interface Evaluation {
  readonly at: Millis;
  readonly reader: SeriesReader;
  readonly lookbackMs: number;
  value(expr: Expr): Value;
  vector(expr: Expr): readonly Sample[];
  scalar(expr: Expr): number;
  instant(selector: VectorSelector): readonly TimedSample[];
  windows(selector: MatrixSelector): readonly Window[];
}

export type Implementation = (args: readonly Expr[], evaluation: Evaluation) => Value;

export interface PromqlFunction extends Signature {
  readonly compute: Implementation;
  /** What can be wrong with arguments beyond their types; they may be of the wrong type or missing. */
  readonly check?: (args: readonly Expr[], report: Report) => void;
}
