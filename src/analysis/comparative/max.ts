// The absolute limit (`max`) beside a tolerance: half of a gate's evidence stands on it, and stable is asked the same.
// Never evidence that a canary is worse than stable. Called by rate-gate.ts, latency-gate.ts and restarts-gate.ts.
import type { Millis } from '../../lib/clock.ts';
import { threshold } from '../../stats/e-process.ts';
import { aboveLimit, type LimitBlock, type LimitOptions } from '../../stats/limit.ts';
import { sumOfLogs } from '../../stats/logs.ts';
import type { Mixture } from '../../stats/mixture.ts';
import type { Outcomes, RateBlock } from '../../stats/rate.ts';
import type { Block } from '../blocks/blocks.ts';
import { type Asked, askedToRollBack } from './answer.ts';
import { rateOf } from './proof.ts';

export interface MaxState {
  /** Of the blocks in which stable is not above it: an incident of both says nothing about the canary, nor when it is over. */
  readonly canary: Mixture;
  readonly stable: Mixture;
  /** The end of the latest block that was not left out, where something is unsure at it. */
  readonly upTo?: Millis;
}

/** ln of a gate's evidence to roll back, and of its parts. */
export interface Against {
  readonly all: number;
  readonly byTolerance: number;
  readonly byMax?: number;
  /** Stable is above `max` too: then that says nothing about the canary. */
  readonly stableAbove: boolean;
}

export interface Max {
  readonly start: MaxState;
  after(state: MaxState, block: RateBlock, time: Pick<Block<unknown>, 'from' | 'to'>): MaxState;
  together(state: MaxState, byTolerance: number): Against;
}

const STABLE_ABOVE = threshold(0.05);

/**
 * Leaving out blocks by what stable does in them keeps the evidence valid: given what was before, stable's failures and the canary's
 * come about by themselves or, of copies, together, so that what is left out has no less of the canary's than what stays. What stable may
 * have failed in a block is more than was counted there: an incident of both that one of them shows in this block, the other one may show in the next.
 */
export function createMax(options: LimitOptions): Max {
  const { start, after, logEvidence } = aboveLimit(options);
  return {
    start: { canary: start, stable: start },
    after(state, block, { from, to }) {
      const stable = after(state.stable, block.stable);
      if (rateOf(atMost(block)) > options.limit) return { ...state, stable };
      const canary = after(state.canary, canaryOf(block, state.upTo !== from));
      return { canary, stable, ...(canary.unsure && { upTo: to }) };
    },
    together: (state, byTolerance) => besideMax(byTolerance, logEvidence(state.canary), logEvidence(state.stable)),
  };
}

const canaryOf = ({ canary, ends }: RateBlock, isApart: boolean): LimitBlock => ({
  ...canary,
  ...(ends && { ends: { from: ends.from.canary, to: ends.to.canary } }),
  ...(isApart && { isApart }),
});

/** Of stable's, with all that may have been in the block. */
const atMost = ({ stable, ends }: RateBlock): Outcomes => ({
  requests: stable.requests,
  errors: stable.errors + (ends === undefined ? 0 : ends.from.stable.before + ends.to.stable.after),
});

/** Half on each; of evidence (ln) that the canary, and that stable, is above `max`. */
export function besideMax(byTolerance: number, byMax: number, byMaxOfStable: number): Against {
  const stableAbove = byMaxOfStable >= STABLE_ABOVE;
  // Left out where stable is above it too: less evidence is always allowed.
  const halves = [byTolerance - Math.LN2, ...(stableAbove ? [] : [byMax - Math.LN2])];
  return { all: sumOfLogs(halves), byTolerance, byMax, stableAbove };
}

export const byToleranceAlone = (byTolerance: number): Against => ({
  all: byTolerance,
  byTolerance,
  stableAbove: false,
});

/** It was `max` that spoke, more than the tolerance: where stable is above it now, that was before it was. */
export const isByMax = ({ all, byMax, byTolerance, stableAbove }: Against, { weight }: Asked): boolean =>
  byMax !== undefined && byMax > byTolerance && !(stableAbove && all >= askedToRollBack(weight));
