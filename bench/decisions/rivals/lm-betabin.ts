// Lindon and Malek's sequential test of counts: given an error, whose was it? A beta prior around the share of traffic.
// Re-implements arXiv 2011.03567 (NeurIPS 2022) for two arms, as michaellindon/ssrm does for any number: one step an error, no margin.
// Never follows a share that changes: its prior stands around the first. Called by the list of rules.
import type { Rule } from '../rule.ts';
import { logGamma } from '../truth/draws.ts';

export interface LmBetabinOptions {
  readonly name: string;
  readonly alpha: number;
  /** How many errors the prior is worth. */
  readonly concentration: number;
  /** As published: roll back a better canary too. Left out: only a worse one, which about halves its false roll backs. */
  readonly isTwoSided?: boolean;
}

interface State {
  /** The share of requests that is the canary's. */
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
      const isFew = eC + eS <= FEW && Number.isInteger(eC) && Number.isInteger(eS);
      state.logE += isFew ? oneByOne(state, eC, eS) : atOnce(state, eC, eS);
      state.a += eC;
      state.b += eS;
      const isWorse = isTwoSided || state.a / (state.a + state.b) > state.theta;
      return isWorse && state.logE >= threshold ? 'rollBack' : undefined;
    },
  };
}

/** From here on four gamma functions cost less than a logarithm for each error. */
const FEW = 12;

/** Any order of a block's errors gives the same product: the canary's first. */
function oneByOne({ theta, a, b }: State, eC: number, eS: number): number {
  let logE = 0;
  for (let error = 0; error < eC; error += 1) logE += Math.log((a + error) / ((a + b + error) * theta));
  for (let error = 0; error < eS; error += 1) logE += Math.log((b + error) / ((a + b + eC + error) * (1 - theta)));
  return logE;
}

/** The same as a ratio of beta functions, which knows parts of an error too. */
function atOnce({ theta, a, b }: State, eC: number, eS: number): number {
  const ratio = logBeta(a + eC, b + eS) - logBeta(a, b);
  return ratio - eC * Math.log(theta) - eS * Math.log1p(-theta);
}

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);
