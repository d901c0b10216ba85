// The absolute limit (`max`) beside a tolerance: half of a gate's evidence stands on it, and stable is asked the same.
// Never evidence that a canary is worse than stable. Called by rate-gate.ts, latency-gate.ts and restarts-gate.ts.
import { threshold } from '../../stats/e-process.ts';
import { aboveLimit, type LimitOptions } from '../../stats/limit.ts';
import { sumOfLogs } from '../../stats/logs.ts';
import type { Mixture } from '../../stats/mixture.ts';
import type { RateBlock } from '../../stats/rate.ts';
import { type Asked, askedToRollBack } from './answer.ts';
import { rateOf } from './proof.ts';

export interface MaxState {
  /** Of the blocks in which stable is not above it: an incident of both says nothing about the canary, nor when it is over. */
  readonly canary: Mixture;
  readonly stable: Mixture;
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
  after(state: MaxState, block: RateBlock): MaxState;
  together(state: MaxState, byTolerance: number): Against;
}

const STABLE_ABOVE = threshold(0.05);

/**
 * Leaving out blocks by what stable does in them keeps the evidence valid: given what was before, stable's failures and the canary's
 * come about by themselves or, of copies, together, so that what is left out has no less of the canary's than what stays.
 */
export function createMax(options: LimitOptions): Max {
  const { start, after, logEvidence } = aboveLimit(options);
  return {
    start: { canary: start, stable: start },
    after: (state, { canary, stable }) => ({
      canary: rateOf(stable) > options.limit ? state.canary : after(state.canary, canary),
      stable: after(state.stable, stable),
    }),
    together: (state, byTolerance) => besideMax(byTolerance, logEvidence(state.canary), logEvidence(state.stable)),
  };
}

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
