// histogram_quantile over classic buckets (series with cumulative counts and their upper bound in the label `le`).
// Semantics: Prometheus 3, promql/quantile.go, BucketQuantile. Native histograms do not exist here.
// Called through functions/table.ts.
import { labelValue } from '../../series/labels.ts';
import type { Labels } from '../../series/series.ts';
import { distinct, keyWithout, without, withoutName } from '../labels.ts';
import type { Sample } from '../value.ts';
import type { PromqlFunction } from './function.ts';
import { argument, vector } from './shapes.ts';

const BOUND = 'le';
const BOUND_ONLY: ReadonlySet<string> = new Set([BOUND]);

export interface Bucket {
  /** Upper bound, inclusive. */
  readonly bound: number;
  /** Observations up to the bound (a count or a rate). */
  readonly count: number;
}

export const histogramQuantile: PromqlFunction = {
  args: ['scalar', 'vector'],
  returns: 'vector',
  compute(args, evaluation) {
    const q = evaluation.scalar(argument(args, 0));
    const histograms = bucketsBySeries(evaluation.vector(argument(args, 1)));
    return vector(distinct(histograms.map(({ labels, buckets }) => ({ labels, value: bucketQuantile(q, buckets) }))));
  },
};

function bucketsBySeries(samples: readonly Sample[]): readonly { labels: Labels; buckets: Bucket[] }[] {
  const histograms = new Map<string, { labels: Labels; buckets: Bucket[] }>();
  for (const { labels, value } of samples) {
    const bound = parseBound(labelValue(labels, BOUND));
    if (bound === undefined) continue;
    const key = keyWithout(labels, BOUND_ONLY);
    let histogram = histograms.get(key);
    if (histogram === undefined) {
      histogram = { labels: withoutName(without(labels, BOUND_ONLY)), buckets: [] };
      histograms.set(key, histogram);
    }
    histogram.buckets.push({ bound, count: value });
  }
  return [...histograms.values()];
}

/** A bound's text, as Go's strconv.ParseFloat reads decimal floats; undefined: no bucket of a histogram. */
export function parseBound(text: string): number | undefined {
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinity !== null) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/**
 * The q-quantile of the observations, evenly spread within their bucket. NaN without a +Inf bucket, without a second
 * one, or without observations. The highest finite bound when it lies beyond it; the first bucket starts at 0, or is
 * its own bound when that is not positive.
 */
export function bucketQuantile(q: number, given: readonly Bucket[]): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const sorted = given.toSorted((a, b) => (a.bound < b.bound ? -1 : a.bound > b.bound ? 1 : 0));
  if (sorted.at(-1)?.bound !== Number.POSITIVE_INFINITY) return Number.NaN;
  const buckets = monotonic(merged(sorted));
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

/** Buckets of one bound (written differently: 1 and 1.0) are one. */
function merged(buckets: readonly Bucket[]): Bucket[] {
  const result: Bucket[] = [];
  for (const bucket of buckets) {
    const last = result.at(-1);
    if (last?.bound === bucket.bound) result[result.length - 1] = { ...bucket, count: last.count + bucket.count };
    else result.push(bucket);
  }
  return result;
}

/** Relative differences below this are rounding, not observations. */
const INSIGNIFICANT = 1e-12;

/** Counts that fall (scrapes of several instances at different times) or differ by rounding take the lower bucket's. */
function monotonic(buckets: readonly Bucket[]): readonly Bucket[] {
  let highest = buckets[0]?.count ?? 0;
  return buckets.map((bucket) => {
    if (bucket.count < highest || almostEqual(highest, bucket.count)) return { ...bucket, count: highest };
    highest = bucket.count;
    return bucket;
  });
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
