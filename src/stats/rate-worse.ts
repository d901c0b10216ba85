// Evidence that the canary's rate (of errors, slow or lost requests) is worse than tolerated: a reason to roll back.
// Never estimates stable's rate, which cancels out. Called by analysis for errors, by the confidence interval and restarts here.
import {
  bet,
  fiveDigits,
  logWealth,
  type Mixture,
  type MixtureProcess,
  type Onset,
  prior,
  startMixture,
  type Unsure,
} from './mixture.ts';
import {
  checkDispersion,
  checkOutcomes,
  checkTolerance,
  type ErrorPrices,
  isSilent,
  NOTHING_UNPLACED,
  type RateBlock,
  type RateTolerance,
  repriced,
} from './rate.ts';

/** What is bet on: the canary's rate is so many times the tolerated one; and how much on each. */
export interface Alternative {
  readonly times: number;
  readonly weight: number;
}

const alternatives = (rows: readonly (readonly [times: number, weight: number])[]): readonly Alternative[] =>
  rows.map(([times, weight]) => ({ times, weight }));

/** For errors: from a quarter more to a thousandfold, most on 2 to 8 times, since less is found late in any case. */
export const ERROR_ALTERNATIVES = alternatives([
  [1.25, 0.03],
  [1.5, 0.07],
  [2, 0.14],
  [3, 0.2],
  [5, 0.2],
  [8, 0.16],
  [15, 0.1],
  [30, 0.06],
  [100, 0.03],
  [1000, 0.01],
]);

export interface WorseState extends Mixture {
  /** κ of the latest block, where something is unsure at its end. */
  readonly exposure?: number;
}

export interface WorseOptions {
  readonly tolerance: RateTolerance;
  /** See `checkDispersion`. */
  readonly dispersion: number;
  readonly onset: Onset;
  readonly alternatives: readonly Alternative[];
}

/**
 * Null hypothesis: in every block, canary's rate ≤ factor × stable's rate + points; both rates may change from block
 * to block.
 *
 * Of a block with n requests and e errors, C and S, a bet u in (0, 1) multiplies by
 *   S(u) = (1 + u·κ)^eC · (1 − u)^eS · exp(−u·points·nS/factor),   κ = nS/(factor·nC).
 * Proof that its mean is at most 1: for outcomes in [0, 1], E[a^e] ≤ exp((a − 1)·Σ means), by convexity of a^z and
 * 1 + x ≤ exp(x). So
 *   E[S] ≤ exp((u·nS/factor)·(pC − factor·pS − points)) ≤ 1.
 * Stable's rate cancels: there is no estimate of it, no normal approximation and no least number of requests. That a
 * copied request fails on both sides at once only lowers the mean. u = (g − 1)/(g + κ) is best when the canary fails
 * g·factor times as often as stable; it needs nothing but the numbers of requests, so blocks multiply, whatever the
 * weights, loads and incidents between them.
 * Source: with points = 0 it is the conditional binomial test of Lindon and Malek (NeurIPS 2022) with an exposure for
 * each block; as a bet, the reverse information projection of Grünwald, de Heide and Koolen (2019) for Poisson counts
 * and this half-plane.
 */
export function worseRate(options: WorseOptions): MixtureProcess<RateBlock, WorseState> {
  const { tolerance, dispersion, onset, alternatives } = options;
  checkTolerance(tolerance);
  checkDispersion(dispersion);
  const shares = prior(
    alternatives.map(({ weight }) => weight),
    onset,
  );
  const factors = (block: RateBlock) => {
    checkOutcomes(block);
    if (isSilent(block.canary) || isSilent(block.stable)) return undefined;
    return alternatives.map(({ times }) => worseFactor(times, tolerance, block) / dispersion);
  };
  return {
    start: startMixture(shares),
    after(state, block) {
      const spoken = factors(block);
      if (spoken === undefined) return state;
      const { exposure: last, ...before } = state;
      const after = bet(shares, before, spoken, unsureWorse(options, block, last));
      return { ...after, ...(after.unsure && { exposure: fiveDigits(exposureOf(tolerance.factor, block)) }) };
    },
    logEvidence: (state) => logWealth(shares, state),
    factors: (_, block) => factors(block),
  };
}

/**
 * Which errors lie in a block is only known from scrape to scrape, and those of the versions are made at different times. At a block's end
 * the canary is held what its scrapes had shown by then, stable what its next scrapes will: no more than the one had
 * failed by then, no fewer than the other. At its start it is the other way round. So an incident of both versions is never evidence
 * against one of them, wherever between its scrapes it began or ended.
 */
function unsureWorse(
  { alternatives, tolerance: { factor }, dispersion }: WorseOptions,
  block: RateBlock,
  last: number | undefined,
): Unsure | undefined {
  const { ends = NOTHING_UNPLACED, isApart = false } = block;
  if (block.ends === undefined && !isApart) return undefined;
  const lost = (canary: number, stable: number) =>
    alternatives.map(({ times }) => {
      const prices = worsePrices(times, exposureOf(factor, block));
      return (stable * prices.stable - canary * prices.canary) / dispersion;
    });
  const changed = alternatives.map(({ times }) =>
    last === undefined
      ? 0
      : repriced(ends.from, worsePrices(times, last), worsePrices(times, exposureOf(factor, block))) / dispersion,
  );
  return {
    from: lost(ends.from.canary.after, ends.from.stable.before),
    to: lost(ends.to.canary.before, ends.to.stable.after),
    changed,
    isApart,
  };
}

/** ln S(u) with the bet u for a canary that is so many times worse than tolerated. */
function worseFactor(times: number, tolerance: RateTolerance, block: RateBlock): number {
  const { stakes, per } = worseStake(times, tolerance.factor, block);
  return stakes - tolerance.points * per;
}

/** The same as a line in `points`: ln S(u) = stakes − points·per. */
export function worseStake(times: number, factor: number, block: RateBlock) {
  const exposure = exposureOf(factor, block);
  const prices = worsePrices(times, exposure);
  const stakes = block.canary.errors * prices.canary + block.stable.errors * prices.stable;
  return { stakes, per: (worseBet(times, exposure) * block.stable.requests) / factor };
}

const exposureOf = (factor: number, { canary, stable }: RateBlock): number =>
  stable.requests / (factor * canary.requests);

/** u. */
const worseBet = (times: number, exposure: number): number => (times - 1) / (times + exposure);

/** Above 0 of the canary's errors, below 0 of stable's. */
function worsePrices(times: number, exposure: number): ErrorPrices {
  const u = worseBet(times, exposure);
  return { canary: Math.log1p(u * exposure), stable: Math.log1p(-u) };
}
