// Between scalars and vectors, and the time.
// Called through functions/table.ts.
import { unwrapped } from '../ast.ts';
import { renamed } from '../labels.ts';
import type { PromqlFunction } from './function.ts';
import { argument, vector } from './shapes.ts';

/** The value of a vector's only sample, else NaN. */
export const scalar: PromqlFunction = {
  args: ['vector'],
  returns: 'scalar',
  compute(args, evaluation) {
    const samples = evaluation.vector(argument(args, 0));
    return { kind: 'scalar', value: samples.length === 1 ? (samples[0]?.value ?? Number.NaN) : Number.NaN };
  },
};

export const toVector: PromqlFunction = {
  args: ['scalar'],
  returns: 'vector',
  compute: (args, evaluation) => vector([{ labels: {}, value: evaluation.scalar(argument(args, 0)) }]),
};

/** Seconds since the Unix epoch at which the query is evaluated. */
export const time: PromqlFunction = {
  args: [],
  readsClock: true,
  returns: 'scalar',
  compute: (_, { at }) => ({ kind: 'scalar', value: at / 1000 }),
};

/** When each sample was taken, in seconds; of anything computed that is now. */
export const timestamp: PromqlFunction = {
  args: ['vector'],
  returns: 'vector',
  readsClock: true,
  compute(args, evaluation) {
    const arg = unwrapped(argument(args, 0));
    if (arg.kind === 'vectorSelector')
      return vector(renamed(evaluation.instant(arg), (sample) => sample.time / 1000, evaluation));
    return vector(renamed(evaluation.vector(arg), () => evaluation.at / 1000, evaluation));
  },
};
