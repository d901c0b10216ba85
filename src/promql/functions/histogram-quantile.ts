// histogram_quantile over classic buckets.
// Semantics: Prometheus 3, promql/quantile.go, BucketQuantile. Called through functions/table.ts.
import { unwrapped } from '../ast.ts';
import type { Fall } from '../notes.ts';
import { type Bucket, ordered, perHistogram } from './buckets.ts';
import type { PromqlFunction } from './function.ts';
import { argument, vector } from './shapes.ts';

export const histogramQuantile: PromqlFunction = {
  args: ['scalar', 'vector'],
  returns: 'vector',
  compute(args, evaluation) {
    const { at, notes } = evaluation;
    const [quantile, histograms] = [unwrapped(argument(args, 0)), unwrapped(argument(args, 1))];
    const q = evaluation.scalar(quantile);
    notes?.invalidQuantile(q, quantile);
    const note = notes && ((fall: Fall) => notes.forcedMonotonicity(fall, at, histograms));
    return vector(perHistogram(args, 1, evaluation, (buckets) => bucketQuantile(q, buckets, note)));
  },
};

/**
 * The q-quantile of the observations in the buckets, evenly spread within their bucket. NaN without a +Inf bucket, without a second
 * one, or without observations. The highest finite bound when it lies beyond it; the first bucket starts at 0, or is
 * its own bound when that is not positive.
 */
export function bucketQuantile(q: number, given: readonly Bucket[], note?: (fall: Fall) => void): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const sorted = ordered(given);
  if (sorted.at(-1)?.bound !== Number.POSITIVE_INFINITY) return Number.NaN;
  const buckets = monotonic(sorted, note);
  const last = buckets.length - 1;
  const observations = buckets[last]?.count ?? 0;
  if (last < 1 || observations === 0) return Number.NaN;
  const rank = q * observations;
  const index = firstReaching(buckets, rank);
  const bound = buckets[index]?.bound ?? Number.NaN;
  if (index === last) return buckets[last - 1]?.bound ?? Number.NaN;
  if (index === 0 && bound <= 0) return bound;
  const below = index === 0 ? { bound: 0, count: 0 } : (buckets[index - 1] ?? { bound: 0, count: 0 });
  const inside = (buckets[index]?.count ?? 0) - below.count;
  return below.bound + (bound - below.bound) * ((rank - below.count) / inside);
}

/** Relative differences below this are rounding, not observations. */
const INSIGNIFICANT = 1e-12;

/** Counts that fall (scrapes of several instances at different times) or differ by rounding take the lower bucket's. */
function monotonic(buckets: readonly Bucket[], note?: (fall: Fall) => void): readonly Bucket[] {
  let highest = buckets[0]?.count ?? 0;
  const falls: { bound: number; depth: number }[] = [];
  const raised = buckets.map((bucket) => {
    const same = almostEqual(highest, bucket.count);
    if (!same && bucket.count < highest) falls.push({ bound: bucket.bound, depth: highest - bucket.count });
    if (same || bucket.count < highest) return { ...bucket, count: highest };
    highest = bucket.count;
    return bucket;
  });
  const [first, last] = [falls[0], falls.at(-1)];
  if (first !== undefined && last !== undefined) {
    const largest = Math.max(...falls.map(({ depth }) => depth));
    note?.({ lowestBound: first.bound, highestBound: last.bound, largest });
  }
  return raised;
}

function almostEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const difference = Math.abs(a - b);
  const sum = Math.abs(a) + Math.abs(b);
  if (a === 0 || b === 0 || sum < SMALLEST_NORMAL) return difference < INSIGNIFICANT * SMALLEST_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < INSIGNIFICANT;
}

const SMALLEST_NORMAL = 2 ** -1022;

/** The first bucket whose count reaches the rank, the last one if none does (binary search, as counts never fall). */
function firstReaching(buckets: readonly Bucket[], rank: number): number {
  let low = 0;
  let high = buckets.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((buckets[middle]?.count ?? 0) >= rank) high = middle;
    else low = middle + 1;
  }
  return low;
}
