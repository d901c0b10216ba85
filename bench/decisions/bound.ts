// Wald's bound for a case of a scenario, in the unit of its figures: pairs of a mirror, requests of both versions in a split.
// Never simulates. Called by the tables and plots.
import type { Case } from './scenarios/scenario.ts';
import { bucketsOf } from './truth/latency.ts';
import { judgedShare } from './truth/stream.ts';
import { boundOfBuckets, boundOfPairs, boundOfRequests, boundToPromote, boundWithMargin } from './wald.ts';

export function boundOf({ truth, bound }: Case): number | undefined {
  if (bound === undefined) return undefined;
  const { wanted } = bound;
  const rates = { canary: truth.canary, stable: truth.stable };
  switch (bound.kind) {
    case 'rates':
      if (truth.traffic.arms === 'mirror') return boundOfPairs(rates, wanted);
      return boundOfRequests(rates, judgedShare(truth, 0), wanted);
    case 'margin':
      return boundWithMargin(rates, bound.delta, wanted);
    case 'promote':
      return boundToPromote(truth.stable, bound.delta, wanted);
    case 'buckets':
      if (truth.latency === undefined) throw new Error('a bound of buckets for a truth without latency');
      return boundOfBuckets(bucketsOf(truth.latency, 'canary'), bucketsOf(truth.latency, 'stable'), wanted);
  }
}
