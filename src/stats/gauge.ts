// Evidence that a gauge of the canary's (processor time a request, memory) is higher than tolerated, or that it is not.
// Approximate, unlike the rest of this room: means of long blocks are nearly normal and independent. Called by analysis.
import type { EProcess, Latched } from './e-process.ts';
import { NOTHING } from './logs.ts';

/** One block, of the length that `blockLength` gives. */
export interface GaugeBlock {
  /** The mean over the block's points in time of ln(canary's value / stable's value), both at the same point. */
  readonly logRatio: number;
}

export interface GaugeOptions {
  /** How many times as much as stable's the canary's may be. */
  readonly factor: number;
  /** Against which hypothesis: that the canary is within the tolerance, or that it is not. */
  readonly evidenceThat: 'worse' | 'noWorse';
}

/** Welford's numbers, of the log ratios less the tolerance. */
export interface GaugeState extends Latched {
  readonly blocks: number;
  readonly mean: number;
  /** Σ (value − mean)². */
  readonly squares: number;
}

/** Variance of the prior on the effect, in units of the noise's. */
const PRIOR = 1;
/** With fewer nothing is said. */
export const FEWEST_BLOCKS = 3;
const MOST_BLOCKS = 1_000_000;
/** t² beyond this is as good; less evidence is always allowed. */
const MOST = 1e12;

/**
 * Null hypothesis: block means of ln(canary/stable) are independent and normal around ln(factor) or less (`worse`; or
 * more: `noWorse`).
 *
 * The t process: a normal prior on effect/noise and the right-Haar prior on the noise make the ratio of marginal
 * likelihoods a martingale of mean 1 at the boundary, whatever the noise (Lai 1976; Pérez-Ortiz, Lardy, de Heide and
 * Grünwald 2024; as in Lindon, Ham, Tingley and Bojinov 2022). Only the worse side counts: the evidence is 0 where t ≤
 * 0 or with fewer than three blocks, which only makes it smaller.
 */
export function gauge({ factor, evidenceThat }: GaugeOptions): EProcess<GaugeBlock, GaugeState> {
  if (!(factor > 0 && factor < Number.POSITIVE_INFINITY))
    throw new RangeError(`${factor} times as much is no tolerance`);
  const sign = evidenceThat === 'worse' ? 1 : -1;
  return {
    start: { blocks: 0, mean: 0, squares: 0, best: 0 },
    after(state, { logRatio }) {
      if (!Number.isFinite(logRatio)) throw new RangeError(`${logRatio} is no logarithm of a ratio`);
      const value = sign * (logRatio - Math.log(factor));
      const blocks = state.blocks + 1;
      const mean = state.mean + (value - state.mean) / blocks;
      const squares = state.squares + (value - state.mean) * (value - mean);
      return { blocks, mean, squares, best: Math.max(state.best, logT(blocks, mean, squares)) };
    },
    logEvidence: ({ blocks, mean, squares }) => logT(blocks, mean, squares),
  };
}

/**
 * How many more blocks until the evidence reaches `asked` (ln) if mean and noise stay as they are; 0 when it ever has;
 * undefined when that is not within a million blocks, or the mean is on the other side of the tolerance.
 */
export function gaugeBlocksNeeded({ blocks, mean, squares, best }: GaugeState, asked: number): number | undefined {
  if (best >= asked) return 0;
  if (blocks < FEWEST_BLOCKS || mean <= 0 || !(squares > 0)) return undefined;
  const reaches = (n: number): boolean => logT(n, mean, (squares * (n - 1)) / (blocks - 1)) >= asked;
  let [short, enough] = [blocks, blocks + MOST_BLOCKS];
  if (!reaches(enough)) return undefined;
  while (enough - short > 1) {
    const middle = Math.floor((short + enough) / 2);
    if (reaches(middle)) enough = middle;
    else short = middle;
  }
  return enough - blocks;
}

function logT(blocks: number, mean: number, squares: number): number {
  if (blocks === 0) return 0;
  // Values that never differ have no noise to be compared with: nothing is said.
  if (blocks < FEWEST_BLOCKS || mean <= 0 || !(squares > 0)) return NOTHING;
  const freedom = blocks - 1;
  const shrink = PRIOR / (PRIOR + blocks);
  const ratio = Math.min((mean * mean * blocks) / squares, MOST);
  return 0.5 * Math.log(shrink) - ((freedom + 1) / 2) * (Math.log1p(shrink * ratio) - Math.log1p(ratio));
}
