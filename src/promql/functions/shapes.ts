// The two shapes most functions have: one number from a window, one number from a sample.
// Never names a function. Called by the function families.
import { type Expr, type MatrixSelector, unwrapped } from '../ast.ts';
import { renamed } from '../labels.ts';
import type { Sample, Value, ValueType } from '../value.ts';
import type { Evaluation, Implementation, PromqlFunction, Window } from './function.ts';

export const vector = (samples: readonly Sample[]): Value => ({ kind: 'vector', samples });

/** An argument that type checking has seen to be there. */
export function argument(args: readonly Expr[], index: number): Expr {
  const arg = args[index];
  if (arg === undefined) throw new Error(`argument ${index} is missing: trees are made by parse()`);
  return arg;
}

/** A range vector argument; without subqueries it can only be a selector. */
export function matrixArgument(args: readonly Expr[], index: number): MatrixSelector {
  const arg = unwrapped(argument(args, index));
  if (arg.kind !== 'matrixSelector') throw new Error(`a range vector was due, not a ${arg.kind}`);
  return arg;
}

/** A string argument, which can only be a literal. */
export function stringArgument(args: readonly Expr[], index: number): string {
  const arg = unwrapped(argument(args, index));
  if (arg.kind !== 'string') throw new Error(`a string was due, not a ${arg.kind}`);
  return arg.value;
}

/** `scalars` are the values of the scalar arguments in their order. Undefined: too few samples, no result. */
export type WindowFunction = (window: Window, scalars: readonly number[]) => number | undefined;

interface WindowOptions {
  /** Scalar arguments before the range vector. */
  readonly scalarsFirst?: number;
  /** The result is a sample of the same metric. */
  readonly keepsName?: boolean;
}

/** One number per series of a range vector. */
export function overWindow(compute: WindowFunction, options: WindowOptions = {}): PromqlFunction {
  const { scalarsFirst = 0, keepsName = false } = options;
  const args: ValueType[] = [...Array<ValueType>(scalarsFirst).fill('scalar'), 'matrix'];
  return {
    args,
    returns: 'vector',
    compute(given, evaluation) {
      const scalars = given.slice(0, scalarsFirst).map((arg) => evaluation.scalar(arg));
      const samples: Sample[] = [];
      for (const window of evaluation.windows(matrixArgument(given, scalarsFirst))) {
        const value = compute(window, scalars);
        if (value !== undefined) samples.push({ labels: window.labels, value });
      }
      return vector(keepsName ? samples : renamed(samples, ({ value }) => value));
    },
  };
}

/** One number per sample of an instant vector. */
export function perSample(compute: (value: number) => number): PromqlFunction {
  return {
    args: ['vector'],
    returns: 'vector',
    compute: (given, evaluation) =>
      vector(renamed(evaluation.vector(argument(given, 0)), ({ value }) => compute(value))),
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
    return vector(apply === undefined ? [] : renamed(samples, ({ value }) => apply(value)));
  };
  return { args: ['vector', ...Array<ValueType>(parameters).fill('scalar')], optional, returns: 'vector', compute };
}
