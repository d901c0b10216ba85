// What any test would have needed for what a failed gate has found: Wald's bound, to be held beside what it took.
// Never evidence, and decides nothing. Called by rate-answer.ts and latency-answer.ts, of a gate that has failed.
import {
  exactMap,
  interpolatedMap,
  type LatencyBlock,
  type LatencyTolerance,
  moved,
  slowerThan,
  slowest,
} from '../../stats/buckets.ts';
import { type RateBlock, type RateTolerance, tolerated } from '../../stats/rate.ts';
import { waldBound } from '../../stats/wald.ts';
import type { WaldsBound } from '../verdict.ts';
import { sixDigits } from './brief.ts';
import { rateOf } from './proof.ts';
import { ALPHA } from './setting.ts';

/** What is worse is found this often. */
const POWER = 0.95;
const NO_TOLERANCE: RateTolerance = { factor: 1, points: 0 };

/** Requests of the canary's; undefined where it is within the tolerance, or nothing was counted. */
function needed({ canary, stable }: RateBlock, tolerance: RateTolerance): number | undefined {
  const requests = canary.requests + stable.requests;
  if (canary.requests === 0 || stable.requests === 0) return undefined;
  if (rateOf(canary) <= tolerated(tolerance, rateOf(stable))) return undefined;
  const rates = { canary: rateOf(canary), stable: rateOf(stable) };
  const canaryShare = canary.requests / requests;
  const bound = waldBound({ rates, canaryShare, tolerance, alpha: ALPHA.rollBack, power: POWER });
  return bound && Math.ceil(bound.canaryRequests);
}

const boundOf = (seen: RateBlock, withTolerance: number | undefined): WaldsBound | undefined => {
  const canaryRequests = needed(seen, NO_TOLERANCE);
  if (canaryRequests === undefined) return undefined;
  return {
    canary: sixDigits(rateOf(seen.canary)),
    stable: sixDigits(rateOf(seen.stable)),
    canaryRequests,
    ...(withTolerance === undefined ? {} : { withTolerance }),
  };
};

/** Of requests that failed. */
export const rateBound = (seen: RateBlock, tolerance: RateTolerance): WaldsBound | undefined =>
  boundOf(seen, needed(seen, tolerance));

export interface LatencyBoundOptions {
  /** Upper edges, milliseconds; the last is infinite. */
  readonly edges: readonly number[];
  readonly tolerance: LatencyTolerance;
  readonly buckets: 'exact' | 'interpolated';
}

/** Of answers that are slower than the edge which tells most with the least requests. */
export function latencyBound(
  { canary, stable }: LatencyBlock,
  { edges, tolerance, buckets }: LatencyBoundOptions,
): WaldsBound | undefined {
  const mapBy = buckets === 'exact' ? exactMap : interpolatedMap;
  const late = moved(
    stable,
    mapBy(edges, (time) => slowest(tolerance, time)),
  );
  const [best] = edges
    .slice(0, -1)
    .flatMap((slowerThanMs, edge) => {
      const seen = { canary: slowerThan(edge, canary), stable: slowerThan(edge, stable) };
      const most = needed({ ...seen, stable: slowerThan(edge, late) }, NO_TOLERANCE);
      const bound = boundOf(seen, most);
      return bound === undefined || most === undefined ? [] : [{ ...bound, slowerThanMs, most }];
    })
    .toSorted((a, b) => a.most - b.most);
  if (best === undefined) return undefined;
  const { most: _, ...bound } = best;
  return bound;
}
