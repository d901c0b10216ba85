// Evidence that the canary's rate (of errors, slow requests) is no worse than tolerated: a reason to promote.
// Never "no evidence of the contrary": without requests it says nothing. Called by analysis for errors, by slow-edges.ts.
import {
  AT_ONCE,
  bet,
  fiveDigits,
  logWealth,
  type Mixture,
  type MixtureProcess,
  prior,
  sharedAnew,
  startMixture,
  thousandths,
  type Unsure,
} from './mixture.ts';
import {
  checkDispersion,
  checkOutcomes,
  checkTolerance,
  type ErrorPrices,
  isSilent,
  NOTHING_UNPLACED,
  type Outcomes,
  type RateBlock,
  type Rates,
  type RateTolerance,
  repriced,
  tolerated,
} from './rate.ts';

export interface NoWorseOptions {
  /** With `points` of 0 a service without errors can never be promoted: nothing tells its canary from a worse one. */
  readonly tolerance: RateTolerance;
  readonly dispersion: number;
  /** Stable's outcomes before the first block; what is known of its rate then. */
  readonly history: Outcomes;
}

export interface NoWorseState extends Mixture {
  /** Of both versions, fading: the rate that the next bets are sized by. */
  readonly reference: Outcomes;
  /** Of the latest block, where something is unsure at its end: stakes, and requests of the canary's for each of stable's. */
  readonly bets?: LatestBets;
}

interface LatestBets {
  readonly stakes: readonly number[];
  readonly ratio: number;
}

/**
 * What is bet on, and how much: that the canary's rate lies so far from stable's towards the tolerated one (0: equal;
 * 0.5: half way), or, when negative, so much of stable's rate below it.
 */
const POSITIONS: readonly (readonly [position: number, weight: number])[] = [
  [0, 0.5],
  [0.5, 0.15],
  [-0.7, 0.1],
];

/** Bets that ask nothing of the reference, for when it is wrong; and nothing at stake, for when everything is. */
const FIXED: readonly (readonly [stake: number, weight: number])[] = [
  [0, 0.05],
  [0.03, 0.05],
  [0.1, 0.05],
  [0.3, 0.05],
  [0.99, 0.05],
];

const NONE: Outcomes = { requests: 0, errors: 0 };

/** A stake of 1 would lose all at the first error. */
const HIGHEST_STAKE = 0.99;

/** What is supposed before anything is known: a quarter of an error, at twice the rate that the points allow. */
const SUPPOSED_ERRORS = 0.25;
const SUPPOSED_TIMES = 2;

/** Requests of both versions after which earlier ones count half: an incident is forgotten. */
const HALF_LIFE = 10_000;

/** Requests of the canary's after which all but 1/e of the wealth was shared anew. */
const SHARED_OVER = 100_000;

/**
 * Null hypothesis: in every block, canary's rate ≥ factor × stable's rate + points.
 *
 * Of a block with n requests and e errors, C and S, a stake v in [0, 1) multiplies by
 *   A(v) = (1 − v)^eC · (1 + v·factor·nC/nS)^eS · exp(v·points·nC),
 * whose mean is at most exp(v·nC·(factor·pS + points − pC)) ≤ 1 by the proof of `worseRate`. It holds whatever v is,
 * so long as v is chosen before the block: so v may follow the rate of earlier blocks (a predictable bet; Waudby-Smith
 * and Ramdas 2024). Given rates of both versions the stake that grows fastest is the root of a quadratic
 * (`bestStake`). We bet mostly on what is hoped for, a canary that equals stable, at the rate that both have shown; a
 * mixture over eight stakes keeps the rest safe, and is shared anew in small parts, so that an incident costs no more
 * than its time.
 */
export function noWorseRate(options: NoWorseOptions): MixtureProcess<RateBlock, NoWorseState> {
  const { tolerance, dispersion, history } = options;
  checkTolerance(tolerance);
  checkDispersion(dispersion);
  checkOutcomes({ canary: history, stable: history });
  const shares = prior(
    [...POSITIONS, ...FIXED].map(([, weight]) => weight),
    AT_ONCE,
  );
  const supposed = supposedRate(tolerance);
  const stakesOf = ({ reference }: NoWorseState, block: RateBlock) =>
    stakesFor(tolerance, rateOf(reference, supposed), block);
  const factors = (state: NoWorseState, block: RateBlock): readonly number[] | undefined => {
    checkOutcomes(block);
    if (isSilent(block.canary) || isSilent(block.stable)) return undefined;
    return stakesOf(state, block).map((stake) => {
      const { stakes, per } = betterStake(stake, tolerance.factor, block);
      return (stakes + tolerance.points * per) / dispersion;
    });
  };
  return {
    start: { ...startMixture(shares), reference: faded(NONE, history) },
    after(state, block) {
      const spoken = factors(state, block);
      if (spoken === undefined) return state;
      const { bets: last, ...before } = state;
      const stakes = stakesOf(state, block);
      const part = -Math.expm1(-block.canary.requests / SHARED_OVER);
      const reference = faded(faded(state.reference, block.canary), block.stable);
      const unsure = unsureNoWorse(stakes, tolerance, dispersion, block, last);
      const after = sharedAnew(shares, bet(shares, before, spoken, unsure), part, unsure?.began);
      return { ...after, reference, ...(after.unsure && { bets: latestBets(stakes, block) }) };
    },
    logEvidence: (state) => logWealth(shares, state),
    factors,
  };
}

/** ln A(v) is a line in `points`: stakes + points·per. */
export function betterStake(stake: number, factor: number, block: RateBlock) {
  const prices = betterPrices(stake, factor, ratioOf(block));
  const stakes = block.canary.errors * prices.canary + block.stable.errors * prices.stable;
  return { stakes, per: stake * block.canary.requests };
}

/** Below 0 of the canary's errors, above 0 of stable's. */
const betterPrices = (stake: number, factor: number, ratio: number): ErrorPrices => ({
  canary: Math.log1p(-stake),
  stable: Math.log1p(stake * factor * ratio),
});

/** Fixed stakes are known. */
const latestBets = (stakes: readonly number[], block: RateBlock): LatestBets => ({
  stakes: stakes.slice(0, POSITIONS.length).map(fiveDigits),
  ratio: fiveDigits(ratioOf(block)),
});

const ratioOf = ({ canary, stable }: RateBlock): number => canary.requests / stable.requests;

/** As `unsureWorse` (rate-worse.ts), with the versions changed about: the canary is held what its next scrapes will show. */
function unsureNoWorse(
  stakes: readonly number[],
  { factor }: RateTolerance,
  dispersion: number,
  block: RateBlock,
  last: LatestBets | undefined,
): (Unsure & { readonly began: readonly number[] }) | undefined {
  const { ends = NOTHING_UNPLACED, isApart = false } = block;
  if (block.ends === undefined && !isApart) return undefined;
  const lost = (canary: number, stable: number) =>
    stakes.map((stake) => {
      const prices = betterPrices(stake, factor, ratioOf(block));
      return (canary * prices.canary - stable * prices.stable) / dispersion;
    });
  const changed = stakes.map((stake, k) => {
    if (last === undefined) return 0;
    const earlier = betterPrices(last.stakes[k] ?? stake, factor, last.ratio);
    return repriced(ends.from, earlier, betterPrices(stake, factor, ratioOf(block))) / dispersion;
  });
  return {
    from: lost(ends.from.canary.before, ends.from.stable.after),
    to: lost(ends.to.canary.after, ends.to.stable.before),
    changed,
    // Of wealth that begins at its end.
    began: lost(ends.to.canary.before, ends.to.stable.after),
    isApart,
  };
}

/** The stakes for a block, given a rate and the numbers of requests: nothing of its errors. */
function stakesFor(tolerance: RateTolerance, rate: number, block: RateBlock): readonly number[] {
  const room = tolerated(tolerance, rate) - rate;
  const hoped = POSITIONS.map(([position]) => {
    const canary = position < 0 ? rate * (1 + position) : rate + position * room;
    return bestStake(tolerance, { canary, stable: rate }, block.canary.requests / block.stable.requests);
  });
  return [...hoped, ...FIXED.map(([stake]) => stake)];
}

/**
 * The stake under which ln A grows fastest at these rates: where −pC/(1 − v) + factor·pS/(1 + v·k) + points = 0 with
 * k = factor·nC/nS. 0 when the canary's rate is not within the tolerance.
 */
export function bestStake({ factor, points }: RateTolerance, rates: Rates, canaryPerStable: number): number {
  const k = factor * canaryPerStable;
  const within = factor * rates.stable + points - rates.canary;
  if (within <= 0) return 0;
  const b = rates.canary * k + factor * rates.stable - points * (k - 1);
  return Math.min(HIGHEST_STAKE, (2 * within) / (b + Math.sqrt(b * b + 4 * points * k * within)));
}

/** Where the points are 0 something has to be supposed too. */
const supposedRate = ({ points }: RateTolerance): number =>
  points > 0 ? Math.min(0.5, SUPPOSED_TIMES * points) : 0.01;

const rateOf = ({ requests, errors }: Outcomes, supposed: number): number =>
  Math.min(1, (errors + SUPPOSED_ERRORS) / (requests + SUPPOSED_ERRORS / supposed));

/** With further requests, each of which makes the earlier ones count a little less. */
function faded(reference: Outcomes, { requests, errors }: Outcomes): Outcomes {
  const kept = 0.5 ** (requests / HALF_LIFE);
  return {
    requests: thousandths(kept * reference.requests + requests),
    errors: thousandths(kept * reference.errors + errors),
  };
}
