// histogram_fraction over classic buckets: which part of the observations lies between two bounds.
// Semantics: Prometheus 3, promql/quantile.go, BucketFraction. Called through functions/table.ts.
import { type Bucket, ordered, perHistogram } from './buckets.ts';
import type { PromqlFunction } from './function.ts';
import { argument, vector } from './shapes.ts';

export const histogramFraction: PromqlFunction = {
  args: ['scalar', 'scalar', 'vector'],
  returns: 'vector',
  compute(args, evaluation) {
    const lower = evaluation.scalar(argument(args, 0));
    const upper = evaluation.scalar(argument(args, 1));
    return vector(perHistogram(args, 2, evaluation, (buckets) => bucketFraction(lower, upper, buckets)));
  },
};

/**
 * NaN without a +Inf bucket or without observations. Observations are evenly spread within their bucket; those of a
 * bucket without end lie beyond any bound in it. The first bucket starts at 0, or has no start when its bound is not positive.
 */
export function bucketFraction(lower: number, upper: number, given: readonly Bucket[]): number {
  const buckets = ordered(given);
  const last = buckets.at(-1);
  if (last?.bound !== Number.POSITIVE_INFINITY || last.count === 0) return Number.NaN;
  if (Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  return (observationsBelow(upper, buckets) - observationsBelow(lower, buckets)) / last.count;
}

function observationsBelow(bound: number, buckets: readonly Bucket[]): number {
  const total = buckets.at(-1)?.count ?? 0;
  let start = (buckets[0]?.bound ?? 0) <= 0 ? Number.NEGATIVE_INFINITY : 0;
  let below = 0;
  for (const { bound: end, count } of buckets) {
    if (start >= bound) return Math.min(below, total);
    if (end > bound) {
      if (start === Number.NEGATIVE_INFINITY) return Math.min(count, total);
      return Math.min(below + ((count - below) * (bound - start)) / (end - start), total);
    }
    below = count;
    start = end;
  }
  return total;
}
