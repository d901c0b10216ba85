// Lindon and Malek's sequential test of counts: given an error, whose was it? A beta prior around the share of traffic.
// Re-implements arXiv 2011.03567 (NeurIPS 2022) for two arms, as michaellindon/ssrm does for any number: one step an error, no margin.
// Never follows a share that changes: its prior stands around the first. Called by the list of rules.
import type { Rule } from '../rule.ts';

export interface LmBetabinOptions {
  readonly name: string;
  readonly alpha: number;
  /** How many errors the prior is worth. */
  readonly concentration: number;
  /** As published: roll back a better canary too. Left out: only a worse one, which about halves its false roll backs. */
  readonly isTwoSided?: boolean;
}

interface State {
  readonly theta: number;
  logE: number;
  a: number;
  b: number;
}

export function lmBetabin({ name, alpha, concentration, isTwoSided = false }: LmBetabinOptions): Rule<State> {
  const threshold = Math.log(1 / alpha);
  return {
    name,
    start: ({ share }) => ({ theta: share, logE: 0, a: concentration * share, b: concentration * (1 - share) }),
    fold(state, { eC, eS }) {
      // Within a block any order of errors gives the same product.
      for (let error = 0; error < eC; error += 1) {
        state.logE += Math.log(state.a / ((state.a + state.b) * state.theta));
        state.a += 1;
      }
      for (let error = 0; error < eS; error += 1) {
        state.logE += Math.log(state.b / ((state.a + state.b) * (1 - state.theta)));
        state.b += 1;
      }
      const isWorse = isTwoSided || state.a / (state.a + state.b) > state.theta;
      return isWorse && state.logE >= threshold ? 'rollBack' : undefined;
    },
  };
}
