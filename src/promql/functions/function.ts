// What a PromQL function is: its argument types and how it is computed, given the means to evaluate its arguments.
// Never names a function (table.ts does). Imported by the function families, the table, check.ts and evaluate.ts.
import type { Millis } from '../../lib/clock.ts';
import type { Labels } from '../../series/series.ts';
import type { Expr, MatrixSelector, Span, SubqueryExpr, VectorSelector } from '../ast.ts';
import type { Notes } from '../notes.ts';
import type { Report } from '../problems.ts';
import type { Sample, Value, ValueType } from '../value.ts';
import type { Window } from './window.ts';

export interface Signature {
  readonly args: readonly ValueType[];
  /** How many of the last arguments may be left out. */
  readonly optional?: number;
  /** The last argument may be given any number of times, or not at all. */
  readonly variadic?: boolean;
  readonly returns: ValueType;
}

/** An instant selector's sample with the time it was taken at. */
export interface TimedSample extends Sample {
  readonly time: Millis;
}

/** When the query as a whole is evaluated, whatever the step at hand and whatever subquery it is in. */
export interface Bounds {
  /** What `@ start()` and `@ end()` mean. */
  readonly start: Millis;
  readonly end: Millis;
  readonly stepMs: number;
}

/** One evaluation at one instant, maybe one step of many. Type errors cannot reach it: check.ts has refused them. */
export interface Evaluation {
  readonly at: Millis;
  /** There are other steps as well: a range query, or a subquery. */
  readonly stepped: boolean;
  /** Undefined when nobody listens. */
  readonly notes: Notes | undefined;
  readonly bounds: Bounds;
  value(expr: Expr): Value;
  vector(expr: Expr): readonly Sample[];
  scalar(expr: Expr): number;
  /** A scalar's values at all steps, this one among them. */
  everyStep(expr: Expr): Float64Array;
  instant(selector: VectorSelector): readonly TimedSample[];
  windows(range: MatrixSelector | SubqueryExpr): readonly Window[];
  /** What is made at the first step and handed out again at the others; one thing for each owner, a part of the tree. */
  kept<T>(owner: object, make: () => T): T;
  /** `fn` itself for one step; for many, one that remembers, for the same series come again. Keep `fn` the same. */
  perSeries<T>(fn: (labels: Labels) => T): (labels: Labels) => T;
}

export type Implementation = (args: readonly Expr[], evaluation: Evaluation, call: Span) => Value;

export interface PromqlFunction extends Signature {
  readonly compute: Implementation;
  /** The result depends on when it is evaluated even if the arguments do not. */
  readonly readsClock?: true;
  /** What can be wrong with arguments beyond their types; they may be of the wrong type or missing. */
  readonly check?: (args: readonly Expr[], report: Report) => void;
}
