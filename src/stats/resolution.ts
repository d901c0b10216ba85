// Whether a histogram's buckets can tell a tolerated slowdown from a worse one: where not, the verdict is `resolution`.
// Never evidence. Called by analysis, with stable's requests, to choose between the exact and the interpolated latency process.
import { bounds, bucketOf, type Edges, fastest, type LatencyTolerance, slowest } from './buckets.ts';

export interface Resolution {
  readonly canTell: boolean;
  /**
   * The part of all requests that may cross an edge inside the tolerance though the interpolation says that they do
   * not.
   */
  readonly misplaced: number;
  /** The bucket (by index) that has most of them. */
  readonly bucket: number;
}

/**
 * Of 63 lognormal laws on Istio's edges with a canary at 1.1 and 1.19 of the 1.2 times allowed, no law with less than
 * 0.25 misplaced raised a false alarm by interpolation, and nearly all with more than 0.5 and an edge within reach did
 * (docs/decisions/0120).
 */
const BEARABLE = 0.2;

/**
 * What the interpolation may get wrong, judged by stable's requests in each bucket. Of a bucket, the strip below its
 * upper edge crosses into the slowest bucket that the tolerance leads to. All of the bucket may lie in the strip when
 * nothing is faster than it or the bucket below is empty: where in it a peak lies cannot be seen. Otherwise as much
 * does as of a law that is logistic in the logarithm of time and passes through both edges. A peak inside a bucket
 * with neighbours on both sides can still deceive it.
 */
export function resolution(edges: Edges, stable: readonly number[], tolerance: LatencyTolerance): Resolution {
  const total = stable.reduce((sum, count) => sum + count, 0);
  let faster = 0;
  const excess = edges.map((_, bucket) => {
    const count = stable[bucket] as number;
    const law = { below: faster / total, upTo: (faster + count) / total, peak: isPeak(stable, bucket, faster) };
    faster += count;
    if (count === 0) return 0;
    const strip = stripOf(edges, bucket, tolerance);
    return (count / total) * Math.max(0, crossing(law, strip) - strip);
  });
  const misplaced = excess.reduce((sum, part) => sum + part, 0);
  return { canTell: misplaced <= BEARABLE, misplaced, bucket: excess.indexOf(Math.max(...excess)) };
}

const isPeak = (stable: readonly number[], bucket: number, faster: number): boolean =>
  faster < 1 || (stable[bucket - 1] as number) < 1;

/**
 * The part of a bucket, in the logarithm of time, from which the tolerance leads to the slowest bucket that it can
 * lead to.
 */
function stripOf(edges: Edges, bucket: number, tolerance: LatencyTolerance): number {
  const { low, high } = bounds(edges, bucket);
  const target = bucketOf(edges, slowest(tolerance, high));
  // The slowest bucket, and any without a tolerance: all of it stays.
  if (target === bucket || bucket === edges.length - 1) return 1;
  const from = Math.max(low, fastest(tolerance, edges[target - 1] as number));
  return Math.log(high / from) / Math.log(high / low);
}

/** How much of the bucket's requests may lie in its strip. */
function crossing(law: { below: number; upTo: number; peak: boolean }, strip: number): number {
  if (law.peak && strip > 0) return 1;
  if (law.upTo >= 1 || law.below <= 0) return strip;
  const [low, high] = [logit(law.below), logit(law.upTo)];
  const upToStrip = 1 / (1 + Math.exp(strip * (high - low) - high));
  return (law.upTo - upToStrip) / (law.upTo - law.below);
}

const logit = (share: number): number => Math.log(share / (1 - share));
