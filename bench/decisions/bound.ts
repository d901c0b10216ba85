// Wald's bound for a case of a scenario, in the unit of its figures: pairs of a mirror, requests of both versions in a split.
// Never simulates, and never has a formula that src/stats has. Called by the scenarios, the tables and plots.
import type { Rates, RateTolerance } from '../../src/stats/rate.ts';
import { neededNats, type Wanted, waldBound } from '../../src/stats/wald.ts';
import { bucketsOf } from './truth/latency.ts';
import { judgedShare } from './truth/stream.ts';
import type { Truth } from './truth/truth.ts';

export const ROLL_BACK: Wanted = { alpha: 0.01, power: 0.95 };
export const PROMOTE: Wanted = { alpha: 0.05, power: 0.95 };
const NOTHING: RateTolerance = { factor: 1, points: 0 };

/** Against what a price is held. */
export type Bound =
  | { readonly kind: 'rates'; readonly wanted: Wanted }
  | { readonly kind: 'margin'; readonly delta: number; readonly wanted: Wanted }
  | { readonly kind: 'buckets'; readonly wanted: Wanted };

export function boundOf({ truth, bound }: { readonly truth: Truth; readonly bound?: Bound }): number | undefined {
  if (bound === undefined) return undefined;
  const { wanted } = bound;
  if (bound.kind === 'buckets') {
    if (truth.latency === undefined) throw new Error('a bound of buckets for a truth without latency');
    return boundOfBuckets(bucketsOf(truth.latency, 'canary'), bucketsOf(truth.latency, 'stable'), wanted);
  }
  const tolerance = bound.kind === 'margin' ? { factor: 1, points: bound.delta } : NOTHING;
  const rates = { canary: truth.canary, stable: truth.stable };
  const { arms } = truth.traffic;
  return boundOfRates(arms, rates, judgedShare(truth, 0), { ...wanted, tolerance });
}

/** Infinite where nothing can be told apart. */
export function boundOfRates(
  arms: 'mirror' | 'split',
  rates: Rates,
  canaryShare: number,
  asked: Wanted & { readonly tolerance?: RateTolerance },
): number {
  const bound = waldBound({ rates, canaryShare, tolerance: NOTHING, ...asked });
  if (bound === undefined) return Number.POSITIVE_INFINITY;
  return arms === 'mirror' ? bound.canaryRequests : bound.requests;
}

/** Pairs, where all that is seen of an answer is its bucket; against their closest common law. */
export function boundOfBuckets(canary: readonly number[], stable: readonly number[], wanted: Wanted): number {
  let nats = 0;
  for (const [index, c] of canary.entries()) {
    const s = stable[index]!;
    const common = (c + s) / 2;
    if (c > 0) nats += c * Math.log(c / common);
    if (s > 0) nats += s * Math.log(s / common);
  }
  return neededNats(wanted) / nats;
}
