// Evidence that the canary's containers restart more often than stable's, each second of a pod.
// Never judges a crash loop, which needs no statistics: a canary without ready pods is taken out at once. Called by analysis.
import type { Mixture, MixtureProcess, Onset } from './mixture.ts';
import type { RateBlock } from './rate.ts';
import { ERROR_ALTERNATIVES, worseRate } from './rate-worse.ts';

/** Of one version in one block. */
export interface Uptime {
  /** Seconds that pods were there, added up over the pods. */
  readonly podSeconds: number;
  readonly restarts: number;
}

export interface RestartBlock {
  readonly canary: Uptime;
  readonly stable: Uptime;
}

export interface RestartOptions {
  /** How many times as often as stable the canary may restart. */
  readonly factor: number;
  /** And that many more a pod and second, where stable never does: 1/3600 is once an hour. */
  readonly perPodSecond: number;
  readonly onset: Onset;
}

/**
 * Null hypothesis: in every block, canary's restarts per pod-second ≤ factor × stable's + perPodSecond.
 *
 * `worseRate` with pod-seconds in place of requests. Restarts are a Poisson process under a rate that may change:
 * E[a^x] = exp(λ·(a − 1)) exactly, where the proof there has ≤. Restarts of one pod that follow each other (back-off)
 * are not independent; count those of a crash loop once.
 */
export function restarts({ factor, perPodSecond, onset }: RestartOptions): MixtureProcess<RestartBlock, Mixture> {
  const tolerance = { factor, points: perPodSecond };
  const rate = worseRate({ tolerance, dispersion: 1, onset, alternatives: ERROR_ALTERNATIVES });
  return {
    start: rate.start,
    after: (state, block) => rate.after(state, asRate(block)),
    logEvidence: rate.logEvidence,
    factors: (state, block) => rate.factors(state, asRate(block)),
  };
}

const asRate = ({ canary, stable }: RestartBlock): RateBlock => ({
  canary: { requests: canary.podSeconds, errors: canary.restarts },
  stable: { requests: stable.podSeconds, errors: stable.restarts },
});
