// Evidence about copies of requests of which a share is drawn: that more of them are lost than a limit, or that no more are.
// Never guesses the share: what is mirrored is known. Called by lost-requests-gate.ts and lost-requests-answer.ts.
import { otherwise } from './limit.ts';
import { AT_ONCE, type Mixture, type MixtureProcess, mixtureOf, type Onset } from './mixture.ts';
import { checkCount, checkDispersion } from './rate.ts';

/** In one block. */
export interface SampledCopies {
  /** Stable's, of those that may be copied. */
  readonly requests: number;
  /** With which probability a copy of each arrives if none is lost, in [0, 1]. */
  readonly share: number;
  readonly arrived: number;
  /** Left out where each copy is counted with its request. */
  readonly ends?: CopyEnds;
}

/** Copies that were counted at another time than their requests: so many at most, more or less, across an end of the block. */
export interface CopyEnds {
  readonly from: number;
  readonly to: number;
  /** Sent, and not yet counted: their requests are before an end, and they come after it. */
  readonly onTheWay: number;
  /** The block before was not told, or of other copies. */
  readonly isApart: boolean;
}

export interface CopyOptions {
  /** The share of copies that may be lost, in (0, 1). */
  readonly limit: number;
  readonly dispersion: number;
}

/** What is bet on when more are lost: between the limit and everything, in the logarithm. */
const TOWARDS_ALL: readonly number[] = [0.15, 0.35, 0.55, 0.8, 0.97];
/** And when fewer are: such parts of the limit. */
const OF_LIMIT: readonly number[] = [0.1, 0.4, 0.7];

/** Of a bet that the share `lost` is: ln of what each copy that arrives multiplies by, and each request without one. */
interface Bet {
  readonly arrives: number;
  readonly isMissing: number;
}

function betOn(lost: number, limit: number, share: number): Bet {
  const times = (1 - lost) / (1 - limit);
  return { arrives: Math.log(times), isMissing: otherwise(times, share * (1 - limit)) };
}

/**
 * Null hypothesis: of each request a copy arrives with probability share·(1 − limit) or more; so no more than `limit` of
 * the copies are lost, whichever requests are drawn for copying.
 *
 * The process of `aboveLimit` on arrivals, from below: S(g) = g^arrived · ((1 − g·q)/(1 − q))^(requests − arrived) with
 * q = share·(1 − limit) and g = (1 − lost)/(1 − limit) < 1 has a mean of at most 1 when arrivals are q or more, by the
 * proof there (the mean falls with the rate, since g < 1). Where a tenth is drawn, chance makes many more or fewer than a
 * tenth, so that the copies to be expected are no number that is known.
 * Copies that are counted in another block than their requests: let d_j be how many are missing up to the end of block j for that reason
 * alone (those that are there too early are below 0). ln S of what was seen is above ln S of the copies of these same requests by
 * Σ (d_i − d_(i−1))·c, c = isMissing − arrives > 0, over its blocks; as long as the share stays the same, by (d_j − d_0)·c. So nothing is paid
 * for ends in between, only for the first and the latest: there is a number D with D − d_0 ≤ `from` of the first block, and d_j − D ≤
 * `to` + `onTheWay` of the latest, and so much is taken off (see `bet`), of a portion that begins late at its own start. So the evidence
 * is at no time more than that of copies counted with their requests, whatever d_j are.
 */
export function moreLost({
  limit,
  dispersion,
  onset,
}: CopyOptions & { readonly onset: Onset }): MixtureProcess<SampledCopies, Mixture> {
  check(limit, dispersion);
  const losses = TOWARDS_ALL.map((part) => limit ** (1 - part));
  const logWeights = losses.map(() => -Math.log(losses.length));
  return mixtureOf(
    { logWeights, onset },
    (block) => factorsOf(losses, limit, dispersion, block),
    ({ share, ends }) => {
      if (ends === undefined) return undefined;
      const { from, to, onTheWay, isApart } = ends;
      const lost = lostOf(losses, limit, dispersion, share);
      return { from: lost.map((one) => one * from), to: lost.map((one) => one * (to + onTheWay)), isApart };
    },
  );
}

/**
 * Null hypothesis: of each request a copy arrives with probability share·(1 − limit) or less; that is, `limit` of the
 * copies are lost, or more, and there is nothing else that the canary would get.
 *
 * `aboveLimit` on arrivals, with bets on fewer lost ones. Copies that arrive without their requests make ln S too high by arrives −
 * isMissing each, and what was missing before does: so as for `moreLost`, with d_0 and d_j in each other's place. Those on the way
 * before the first block arrive in it.
 */
export function fewerLost({ limit, dispersion }: CopyOptions): MixtureProcess<SampledCopies, Mixture> {
  check(limit, dispersion);
  const losses = OF_LIMIT.map((part) => part * limit);
  return mixtureOf(
    { logWeights: losses.map(() => -Math.log(losses.length)), onset: AT_ONCE },
    (block) => factorsOf(losses, limit, dispersion, block),
    ({ share, ends }) => {
      if (ends === undefined) return undefined;
      const { from, to, onTheWay, isApart } = ends;
      const lost = lostOf(losses, limit, dispersion, share);
      return { from: lost.map((one) => one * (from + onTheWay)), to: lost.map((one) => one * to), isApart };
    },
  );
}

/** What a copy that is counted elsewhere takes of each bet, ln and below 0. */
const lostOf = (losses: readonly number[], limit: number, dispersion: number, share: number): readonly number[] =>
  losses.map((lost) => {
    const { arrives, isMissing } = betOn(lost, limit, share);
    return -Math.abs(isMissing - arrives) / dispersion;
  });

function factorsOf(losses: readonly number[], limit: number, dispersion: number, block: SampledCopies) {
  const { requests, share, arrived } = block;
  checkCount(requests, arrived);
  if (share === 0 || (requests === 0 && arrived === 0)) return undefined;
  return losses.map((lost) => {
    const { arrives, isMissing } = betOn(lost, limit, share);
    return (arrived * arrives + (requests - arrived) * isMissing) / dispersion;
  });
}

function check(limit: number, dispersion: number): void {
  if (!(limit > 0 && limit < 1)) throw new RangeError(`a limit of lost copies is between 0 and 1, not ${limit}`);
  checkDispersion(dispersion);
}

/** Counted so far. */
export interface CopiesCounted {
  readonly requests: number;
  /** Each block's requests × its share. */
  readonly expected: number;
  readonly arrived: number;
}

/**
 * The part of the expected copies that arrives at least, in [0, 1]: what was counted, less those that may have been on
 * the way before, and the lower end of Wilson's interval at so many standard deviations (Wilson 1927).
 */
export function leastReached(
  { requests, expected, arrived }: CopiesCounted,
  inFlight: number,
  deviations: number,
): number {
  if (requests === 0 || expected === 0) return 0;
  const rate = Math.min(1, Math.max(0, arrived - inFlight) / requests);
  const z2 = deviations * deviations;
  const half = deviations * Math.sqrt((rate * (1 - rate)) / requests + z2 / (4 * requests * requests));
  const low = (rate + z2 / (2 * requests) - half) / (1 + z2 / requests);
  return Math.min(1, Math.max(0, (low * requests) / expected));
}

/** Whether fewer arrived than would by so many standard deviations, had `limit` of the copies been lost. */
export function isShort(
  { requests, expected, arrived }: CopiesCounted,
  limit: number,
  inFlight: number,
  deviations: number,
): boolean {
  const least = expected * (1 - limit);
  const variance = least * (1 - least / Math.max(1, requests));
  return least - arrived - inFlight > deviations * Math.sqrt(Math.max(0, variance));
}
