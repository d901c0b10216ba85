// The absolute limit (`max`) beside a tolerance: half of a gate's evidence stands on it, and stable is asked the same.
// Never compares the versions. Called by rate-gate.ts, latency-gate.ts and restarts-gate.ts.
import { threshold } from '../../stats/e-process.ts';
import { aboveLimit, type LimitOptions } from '../../stats/limit.ts';
import { sumOfLogs } from '../../stats/logs.ts';
import type { Mixture } from '../../stats/mixture.ts';
import type { RateBlock } from '../../stats/rate.ts';

export interface MaxState {
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

export function createMax(options: LimitOptions): Max {
  const { start, after, logEvidence } = aboveLimit(options);
  return {
    start: { canary: start, stable: start },
    after: (state, block) => ({ canary: after(state.canary, block.canary), stable: after(state.stable, block.stable) }),
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

/** It was `max` that spoke, more than the tolerance. */
export const isByMax = ({ byMax, byTolerance }: Against): boolean => byMax !== undefined && byMax > byTolerance;
