// What a request of the canary's and of stable's multiplies the evidence by, for each bucket: increasing scores, made mild enough to be safe.
// Never sees the block that is scored. Called by latency.ts.
import type { MassMap } from './buckets.ts';
import { isotonic } from './isotonic.ts';

/** Logarithms, one for each bucket. */
export interface Scores {
  readonly canary: readonly number[];
  readonly stable: readonly number[];
}

/** Laws of latency as masses of the buckets, each adding up to 1. */
export interface Laws {
  /** Of a canary that is exactly at the tolerance. */
  readonly tolerated: readonly number[];
  /** Of the canary that is bet on. */
  readonly alternative: readonly number[];
}

/** A bucket that nobody has hit yet is not impossible. */
const UNSEEN = 1e-9;
/** A request never takes more than this part of the wealth nor all of it. */
const LEAST = 1e-4;
const MOST = 0.9999;

/**
 * Scores R for a block of which the part `ratio` of all requests is the canary's. The canary's request multiplies by R
 * of its bucket, stable's by (1 − ratio·R)/(1 − ratio), averaged over where the tolerance may take it.
 *
 * Let m be the mean of R for stable's requests moved by the tolerance. R increases, so a canary that is no slower has
 * a mean of at most m; the whole block then multiplies by at most m^nC·((1 − ratio·m)/(1 − ratio))^nS in the mean,
 * which is at most 1 (weighted means: the geometric is at most the arithmetic one). `slack` is how much of the
 * canary's requests may be slower at each time beyond the tolerance: its mean is then at most m + slack·(highest −
 * lowest score), which is taken off. Fractions of requests multiply less (Jensen).
 * R = alternative/mixture of both laws is the growth-optimal bet (Turner, Ly and Grünwald 2024); isotonic, since only
 * increasing scores are valid for every canary that is no slower, whatever its law.
 */
export function scoresOf({ tolerated, alternative }: Laws, ratio: number, tolerance: MassMap, slack: number): Scores {
  const both = tolerated.map(
    (mass, b) => ratio * ((alternative[b] as number) + UNSEEN) + (1 - ratio) * (mass + UNSEEN),
  );
  const best = both.map((mass, b) => ((alternative[b] as number) + UNSEEN) / mass);
  const bounded = isotonic(best, both).map((score) => Math.min(Math.max(score, LEAST), MOST / ratio));
  const scores = lifted(bounded, slack);
  const taken = slack * spread(scores);
  const left = scores.map((score) => (1 - ratio * score) / (1 - ratio));
  return {
    canary: scores.map((score) => Math.log(score - taken)),
    stable: tolerance.map((parts) =>
      Math.log(parts.reduce((sum, part) => sum + part[1] * (left[part[0]] as number), 0)),
    ),
  };
}

const spread = (scores: readonly number[]): number => (scores.at(-1) as number) - (scores[0] as number);

/**
 * Mixed with the score 1, which bets nothing, until there is something left of the lowest score when the slack is
 * taken off.
 */
function lifted(scores: readonly number[], slack: number): readonly number[] {
  const lowest = (scores[0] as number) - slack * spread(scores);
  if (lowest >= LEAST) return scores;
  const mixed = (LEAST - lowest) / (1 - lowest);
  return scores.map((score) => (1 - mixed) * score + mixed);
}
