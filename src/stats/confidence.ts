// An interval for how much higher the canary's rate is than stable's, right at all times at once: what people read.
// Never a verdict: gates have evidence of their own, at the tolerance. Called by analysis; reports print it.
import { cutTo, sumOfLogs } from './logs.ts';
import { checkDispersion, checkOutcomes, isSilent, type RateBlock } from './rate.ts';
import { betterStake } from './rate-no-worse.ts';
import { worseStake } from './rate-worse.ts';

export interface IntervalOptions {
  /** The difference is canary's rate − factor × stable's. */
  readonly factor: number;
  readonly dispersion: number;
  /** That the interval ever misses, on either side together; 0.05 for a 95 % interval. */
  readonly alpha: number;
}

/** Sums of each strategy's stakes and of what they are diminished by for each unit of the difference. */
interface Lines {
  readonly stakes: readonly number[];
  readonly per: readonly number[];
}

export interface IntervalState {
  readonly above: Lines;
  /** What these are diminished by are their stakes, of so many requests of the canary's. */
  readonly below: Pick<Lines, 'stakes'> & { readonly requests: number };
  readonly lower: number;
  readonly upper: number;
}

/**
 * What the lower bound bets on: the canary is so many times worse. Small effects as well: with many requests the
 * interval is narrow.
 */
const TIMES: readonly number[] = [1.05, 1.15, 1.35, 1.8, 3, 7, 30, 300];
/** What the upper bound bets. */
const STAKES: readonly number[] = [0.02, 0.05, 0.1, 0.2, 0.4, 0.65, 0.9, 0.99];

/**
 * A confidence sequence for d = canary's rate − factor × stable's: with probability 1 − alpha the interval holds d
 * after every block.
 *
 * d is left out below the lower bound when the process of `worseRate` for the null hypothesis "at most d" has reached
 * 2/alpha, above the upper one when that of `noWorseRate` for "at least d" has; both with fixed bets and equal
 * weights. Each ln wealth is a line in d, so all the hypotheses are tested at once (Howard, Ramdas, McAuliffe and
 * Sekhon 2021), and the bounds are found by bisection. It never widens: an interval that was right at all times is
 * right where all of them meet. If the difference itself moves, that may be nowhere; then it starts anew from what all
 * blocks together say.
 */
export function interval(options: IntervalOptions) {
  const { factor, dispersion, alpha } = options;
  checkDispersion(dispersion);
  const asked = Math.log(2 / alpha);
  const zeros = (bets: readonly number[]) => bets.map(() => 0);
  const start: IntervalState = {
    above: { stakes: zeros(TIMES), per: zeros(TIMES) },
    below: { stakes: zeros(STAKES), requests: 0 },
    lower: -factor,
    upper: 1,
  };
  return {
    start,
    after(state: IntervalState, block: RateBlock): IntervalState {
      checkOutcomes(block);
      if (isSilent(block.canary) || isSilent(block.stable)) return state;
      const bets = TIMES.map((times) => worseStake(times, factor, block));
      const above = {
        stakes: added(state.above.stakes, bets, dispersion),
        per: bets.map(({ per }, k) => eightDigits((state.above.per[k] as number) + per / dispersion)),
      };
      const better = STAKES.map((v) => betterStake(v, factor, block));
      const below = {
        stakes: added(state.below.stakes, better, dispersion),
        requests: eightDigits(state.below.requests + block.canary.requests / dispersion),
      };
      const lines = { stakes: below.stakes, per: STAKES.map((v) => v * below.requests) };
      // Outwards to a millionth.
      const lowest = () =>
        cutTo(
          FINEST,
          edge((d) => wealth(above, -d), [-factor, 1], asked),
        );
      const highest = () =>
        0 -
        cutTo(
          FINEST,
          edge((d) => wealth(lines, -d), [-1, factor], asked),
        );
      // Wealth falls with d: while a bound is not left out itself, no narrower one would be found.
      const lower = wealth(above, -state.lower) < asked ? state.lower : Math.max(state.lower, lowest());
      const upper = wealth(lines, state.upper) < asked ? state.upper : Math.min(state.upper, highest());
      if (lower <= upper) return { above, below, lower, upper };
      const [anew, other] = [lowest(), highest()];
      return { above, below, lower: Math.min(anew, other), upper: Math.max(anew, other) };
    },
  };
}

const FINEST = 1e6;

/** Downwards, which makes the interval wider; ten thousandths however large they are, since at a bound `per` makes up for nearly all. */
const added = (before: Lines['stakes'], bets: readonly { stakes: number }[], dispersion: number): Lines['stakes'] =>
  bets.map(({ stakes }, k) => cutTo(1e4, (before[k] as number) + stakes / dispersion));

/**
 * A state is short. No direction is safe for differences of both signs: so to the nearest, of which ten thousand blocks, each as large
 * as the other, make a few parts in a million at most.
 */
const eightDigits = (requests: number): number => Number(requests.toPrecision(8));

/** ln of the mean wealth at a difference d, given as −d or d by the side. */
const wealth = ({ stakes, per }: Lines, d: number): number =>
  sumOfLogs(stakes.map((stake, k) => stake + d * (per[k] as number))) - Math.log(stakes.length);

/** The highest d that is left out, of a function that falls with d; the low end when none is. */
function edge(wealthAt: (d: number) => number, [from, to]: readonly [number, number], asked: number): number {
  if (wealthAt(from) < asked) return from;
  let [out, inside] = [from, to];
  for (let i = 0; i < 40; i += 1) {
    const middle = (out + inside) / 2;
    if (wealthAt(middle) >= asked) out = middle;
    else inside = middle;
  }
  return out;
}
