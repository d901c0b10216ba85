// Evidence that a rate of the canary's is above a fixed limit, whatever stable does: the companion of a tolerance.
// Never compares: in an incident that hits both versions it speaks as well, so a report says which of them spoke. Called by analysis.
import { type Mixture, type MixtureProcess, mixtureOf, type Onset, prior, type Unsure } from './mixture.ts';
import { type BeforeAndAfter, checkCount, checkDispersion, isSilent, type Outcomes } from './rate.ts';

export interface LimitOptions {
  /** The highest rate that is allowed, a share of the requests in [0, 1]. */
  readonly limit: number;
  readonly dispersion: number;
  readonly onset: Onset;
}

/** Of one version, in one block. */
export interface LimitBlock extends Outcomes {
  /** Errors that lie somewhere between the two scrapes around an end (see `UnplacedErrors`); left out where it is known which lie in the block. */
  readonly ends?: { readonly from: BeforeAndAfter; readonly to: BeforeAndAfter };
  /** The one before it was not told, or there was none. */
  readonly isApart?: true;
}

/** Bet on: a rate so many times the limit, as far as there can be one. */
const TIMES: readonly number[] = [1.25, 1.5, 2, 3, 5, 8, 15, 30, 100];

/** No rate is above 1: near 0.9/limit, or half way to 1/limit where that is no more than the limit itself. */
export const reachable = (times: readonly number[], limit: number): readonly number[] =>
  times.map((one) => Math.min(one, Math.max(0.9 / limit, (1 + 1 / limit) / 2)));

/**
 * Null hypothesis: the canary's rate is at most `limit` in every block.
 *
 * A block with n requests, e of them errors, multiplies by S(g) = g^e · ((1 − g·limit)/(1 − limit))^(n − e), g > 1,
 * g·limit < 1: the likelihood ratio of the rates g·limit and limit (Wald 1945). Proof for any outcome z in [0, 1],
 * counted in fractions: g^z·c^(1−z) is convex in z, so its mean is at most p·g + (1 − p)·c, which is 1 at p = limit
 * and grows with p. Against a limit each request of the canary's is worth up to four of those against stable, since
 * nothing has to be learned of stable.
 * Errors that may have been before the block, or after it, are taken off at its ends, as in rate-worse.ts: each is worth the same in every block.
 */
export function aboveLimit({ limit, dispersion, onset }: LimitOptions): MixtureProcess<LimitBlock, Mixture> {
  if (!(limit >= 0 && limit <= 1)) throw new RangeError(`a limit is a share of the requests, not ${limit}`);
  checkDispersion(dispersion);
  const grid = reachable(TIMES, limit);
  return mixtureOf(
    prior(
      grid.map(() => 1 / grid.length),
      onset,
    ),
    (canary) => {
      checkCount(canary.requests, canary.errors);
      if (isSilent(canary) || limit === 1) return undefined;
      return grid.map((times) => limitFactor(times, limit, canary) / dispersion);
    },
    (block) => unsureAbove(grid, limit, dispersion, block),
  );
}

function unsureAbove(
  grid: readonly number[],
  limit: number,
  dispersion: number,
  { ends, isApart }: LimitBlock,
): Unsure | undefined {
  if (ends === undefined && isApart === undefined) return undefined;
  const lost = (errors: number) =>
    grid.map((times) => (-errors * (Math.log(times) - otherwise(times, limit))) / dispersion);
  return { from: lost(ends?.from.after ?? 0), to: lost(ends?.to.before ?? 0), isApart: isApart === true };
}

/** ln S(g); with g < 1 against the hypothesis that the rate is at least `limit`, by the same proof. */
export const limitFactor = (times: number, limit: number, { requests, errors }: Outcomes): number =>
  errors * Math.log(times) + (requests - errors) * otherwise(times, limit);

/** ln((1 − g·limit)/(1 − limit)): what a request without error multiplies by. */
export const otherwise = (times: number, limit: number): number => Math.log1p(-((times - 1) * limit) / (1 - limit));
