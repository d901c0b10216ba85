// What one exposure has shown of a rate: the evidence that the canary is no worse, the interval, and what was counted.
// Never carried from copies to live traffic: each exposure shows it anew. Called by rate-gate.ts and rate-answer.ts.
import { type IntervalState, interval } from '../../stats/confidence.ts';
import { blocksNeeded } from '../../stats/projection.ts';
import type { Outcomes, RateBlock, RateTolerance } from '../../stats/rate.ts';
import { type NoWorseState, noWorseRate } from '../../stats/rate-no-worse.ts';
import { ASKED_TO_PROMOTE } from './answer.ts';
import { thousandths } from './brief.ts';
import { type Compared, type Proving, provingOf } from './exposure.ts';
import type { Setting } from './setting.ts';

export interface RateProof {
  readonly exposure: Proving;
  readonly noWorse: NoWorseState;
  /** 95 %, of canary's rate − stable's. */
  readonly interval: IntervalState;
  readonly canary: Outcomes;
  readonly stable: Outcomes;
  /** Of the blocks that were counted, together. */
  readonly seconds: number;
}

export interface Proofs {
  after(proof: RateProof | undefined, compared: Compared<unknown>, block: RateBlock): RateProof;
  /**
   * How many more requests of the canary's it takes, if both versions go on as they have; undefined when the canary is not
   * within the tolerance, or so near to its edge that no number would do.
   */
  needed(proof: RateProof): number | undefined;
}

const INTERVAL_ALPHA = 0.05;
const NOTHING: Outcomes = { requests: 0, errors: 0 };

export function createProofs(tolerance: RateTolerance, { dispersion, history }: Setting): Proofs {
  const noWorse = noWorseRate({ tolerance, dispersion, history });
  const between = interval({ factor: 1, dispersion, alpha: INTERVAL_ALPHA });
  /** After another exposure its rates are known: a bet may follow what was before the block. */
  const begin = (exposure: Proving, before: RateProof | undefined): RateProof => ({
    exposure,
    noWorse: before === undefined ? noWorse.start : { ...noWorse.start, reference: before.noWorse.reference },
    interval: between.start,
    canary: NOTHING,
    stable: NOTHING,
    seconds: 0,
  });
  return {
    after(proof, { span, block: { from, to } }, block) {
      const exposure = provingOf(span);
      const known = proof?.exposure === exposure ? proof : begin(exposure, proof);
      return {
        exposure,
        noWorse: noWorse.after(known.noWorse, block),
        interval: between.after(known.interval, block),
        canary: added(known.canary, block.canary),
        stable: added(known.stable, block.stable),
        seconds: known.seconds + (to - from) / 1000,
      };
    },
    needed({ canary, stable, noWorse: state }) {
      if (canary.requests === 0 || stable.requests === 0) return undefined;
      const one = { canary: scaled(canary, 1 / canary.requests), stable: scaled(stable, 1 / canary.requests) };
      return blocksNeeded(noWorse, state, one, ASKED_TO_PROMOTE);
    },
  };
}

export const added = (one: Outcomes, other: Outcomes): Outcomes => ({
  requests: thousandths(one.requests + other.requests),
  errors: thousandths(one.errors + other.errors),
});

const scaled = ({ requests, errors }: Outcomes, by: number): Outcomes => ({
  requests: requests * by,
  errors: errors * by,
});

export const isShown = ({ noWorse }: RateProof): boolean => noWorse.best >= ASKED_TO_PROMOTE;

export const rateOf = ({ requests, errors }: Outcomes): number => (requests > 0 ? errors / requests : 0);
