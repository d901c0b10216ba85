// Between scalars and vectors, the time, and the order of results.
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
  returns: 'scalar',
  compute: (_, { at }) => ({ kind: 'scalar', value: at / 1000 }),
};

/** When each sample was taken, in seconds; of anything computed that is now. */
export const timestamp: PromqlFunction = {
  args: ['vector'],
  returns: 'vector',
  compute(args, evaluation) {
    const arg = unwrapped(argument(args, 0));
    if (arg.kind === 'vectorSelector') {
      const samples = evaluation.instant(arg);
      return vector(renamed(samples, (sample) => sample.time / 1000));
    }
    return vector(renamed(evaluation.vector(arg), () => evaluation.at / 1000));
  },
};

/** By value, NaN last either way. */
const sorted = (sign: 1 | -1): PromqlFunction => ({
  args: ['vector'],
  returns: 'vector',
  compute(args, evaluation) {
    const samples = evaluation.vector(argument(args, 0));
    return vector(
      samples.toSorted(({ value: a }, { value: b }) =>
        Number.isNaN(a) || Number.isNaN(b)
          ? Number(Number.isNaN(a)) - Number(Number.isNaN(b))
          : sign * (a < b ? -1 : a > b ? 1 : 0),
      ),
    );
  },
});

export const sort = sorted(1);
export const sortDesc = sorted(-1);
