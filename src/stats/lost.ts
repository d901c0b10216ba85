// Evidence that copies of requests which stable got never arrive at the canary: refused ones are no errors anywhere.
// Never guesses how many were to be expected. Called by analysis, where what is mirrored is known.
import { limitFactor, otherwise, reachable } from './limit.ts';
import { type Mixture, type MixtureProcess, mixtureOf, type Onset } from './mixture.ts';
import { checkCount, checkDispersion } from './rate.ts';

export interface CopiesBlock {
  /** Copies that were to arrive: the mirrored share of stable's requests in the block. */
  readonly expected: number;
  readonly arrived: number;
}

export interface LostOptions {
  /** The share of copies that may be lost. */
  readonly limit: number;
  /** The most that can be on the way, sent and not yet counted, at the end of any block: not lost yet. */
  readonly inFlight: number;
  readonly dispersion: number;
  readonly onset: Onset;
}

const TIMES: readonly number[] = [1.25, 1.5, 2, 3, 5, 8, 15, 30];

/**
 * Null hypothesis: each copy is lost with a probability of at most `limit`.
 *
 * The process of `aboveLimit` on lost copies, of which only expected − arrived = lost + (change of those on the way)
 * is seen, which may be negative in a block. Over any stretch of blocks what was lost is at least that sum less
 * `inFlight`; so a wealth with g^inFlight·c^−inFlight taken off beforehand (in the weights) is never above the true
 * process, from whichever block it begins.
 */
export function lostCopies({ limit, inFlight, dispersion, onset }: LostOptions): MixtureProcess<CopiesBlock, Mixture> {
  if (!(limit > 0 && limit < 1)) throw new RangeError(`a limit of lost copies is between 0 and 1, not ${limit}`);
  if (!(inFlight >= 0 && inFlight < Number.POSITIVE_INFINITY)) throw new RangeError(`${inFlight} copies on the way`);
  checkDispersion(dispersion);
  const grid = reachable(TIMES, limit);
  const paid = (times: number) => (inFlight * (Math.log(times) - otherwise(times, limit))) / dispersion;
  const logWeights = grid.map((times) => -Math.log(grid.length) - paid(times));
  return mixtureOf({ logWeights, onset }, ({ expected, arrived }) => {
    checkCount(expected, arrived);
    if (expected === 0 && arrived === 0) return undefined;
    const block = { requests: expected, errors: expected - arrived };
    return grid.map((times) => limitFactor(times, limit, block) / dispersion);
  });
}
