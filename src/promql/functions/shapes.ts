// The two shapes most functions have: one number from a window, one number from a sample.
// Never names a function. Called by the function families.
import type { Millis } from '../../lib/clock.ts';
import { type Expr, type MatrixSelector, type Span, type SubqueryExpr, unwrapped } from '../ast.ts';
import { renamed, Unnamed } from '../labels.ts';
import type { Notes } from '../notes.ts';
import type { Sample, Value, ValueType } from '../value.ts';
import type { Evaluation, Implementation, PromqlFunction } from './function.ts';
import type { Window } from './window.ts';

export const vector = (samples: readonly Sample[]): Value => ({ kind: 'vector', samples });

/** An argument that type checking has seen to be there. */
export function argument(args: readonly Expr[], index: number): Expr {
  const arg = args[index];
  if (arg === undefined) throw new Error(`argument ${index} is missing: trees are made by parse()`);
  return arg;
}

/** A range vector argument: a selector with a range, or a subquery. */
export function rangeArgument(args: readonly Expr[], index: number): MatrixSelector | SubqueryExpr {
  const arg = unwrapped(argument(args, index));
  if (arg.kind !== 'matrixSelector' && arg.kind !== 'subquery')
    throw new Error(`a range vector was due, not a ${arg.kind}: trees are made by parse()`);
  return arg;
}

/** A string argument, which can only be a literal. */
export function stringArgument(args: readonly Expr[], index: number): string {
  const arg = unwrapped(argument(args, index));
  if (arg.kind !== 'string') throw new Error(`a string was due, not a ${arg.kind}`);
  return arg.value;
}

/**
 * `scalars` are the values of the scalar arguments in their order; `at` is when the query is evaluated, whatever the
 * window. Undefined: too few samples, no result.
 */
export type WindowFunction = (window: Window, scalars: readonly number[], at: Millis) => number | undefined;

/** Told of each series with a result; `args` are the places of the call's. */
export type WindowNote = (notes: Notes, window: Window, scalars: readonly number[], args: readonly Span[]) => void;

interface WindowOptions {
  /** Scalar arguments before the range vector. */
  readonly scalarsFirst?: number;
  /** Scalar arguments after the range vector. */
  readonly scalarsLast?: number;
  /** The result is a sample of the same metric. */
  readonly keepsName?: boolean;
  readonly readsClock?: true;
  readonly note?: WindowNote;
}

const scalarArgs = (count: number): ValueType[] => Array<ValueType>(count).fill('scalar');

/** Where annotations say that an argument stands. Prometheus forgets it of a subquery, and says 1:1. */
function placeOf(arg: Expr): Span {
  const inner = unwrapped(arg);
  return inner.kind === 'subquery' ? { from: 0, to: 0 } : inner;
}

/** One number per series of a range vector. */
export function overWindow(compute: WindowFunction, options: WindowOptions = {}): PromqlFunction {
  const { scalarsFirst = 0, scalarsLast = 0, keepsName = false, readsClock, note } = options;
  return {
    args: [...scalarArgs(scalarsFirst), 'matrix', ...scalarArgs(scalarsLast)],
    returns: 'vector',
    ...(readsClock === undefined ? {} : { readsClock }),
    compute(given, evaluation) {
      const { at, notes } = evaluation;
      const scalars = given.toSpliced(scalarsFirst, 1).map((arg) => evaluation.scalar(arg));
      const places = given.map(placeOf);
      const samples: Sample[] = [];
      for (const window of evaluation.windows(rangeArgument(given, scalarsFirst))) {
        const value = compute(window, scalars, at);
        if (value === undefined) continue;
        samples.push({ labels: window.labels, value });
        if (notes !== undefined) note?.(notes, window, scalars, places);
      }
      return vector(keepsName ? samples : unnamed(samples, given, evaluation));
    },
  };
}

function unnamed(samples: readonly Sample[], owner: object, evaluation: Evaluation): readonly Sample[] {
  if (!evaluation.stepped) return renamed(samples, ({ value }) => value, evaluation);
  const names = evaluation.kept(owner, () => new Unnamed());
  return samples.map(({ labels, value }) => ({ labels: names.of(labels), value }));
}

/** One number per sample of an instant vector. */
export function perSample(compute: (value: number) => number): PromqlFunction {
  return {
    args: ['vector'],
    returns: 'vector',
    compute: (given, evaluation) =>
      vector(renamed(evaluation.vector(argument(given, 0)), ({ value }) => compute(value), evaluation)),
  };
}

/** One number per sample, by parameters; `prepare` answers undefined when there is no result at all. */
export function perSampleWith(
  parameters: number,
  optional: number,
  prepare: (scalars: readonly number[]) => ((value: number) => number) | undefined,
): PromqlFunction {
  const compute: Implementation = (given: readonly Expr[], evaluation: Evaluation) => {
    const samples = evaluation.vector(argument(given, 0));
    const apply = prepare(given.slice(1).map((arg) => evaluation.scalar(arg)));
    return vector(apply === undefined ? [] : renamed(samples, ({ value }) => apply(value), evaluation));
  };
  return { args: ['vector', ...scalarArgs(parameters)], optional, returns: 'vector', compute };
}
