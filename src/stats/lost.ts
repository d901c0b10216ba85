// Evidence about copies of requests of which a share is drawn: that more of them are lost than a limit, or that no more are.
// Never guesses the share: what is mirrored is known. Called by lost-requests-gate.ts and lost-requests-answer.ts.
import { otherwise } from './limit.ts';
import {
  AT_ONCE,
  bet,
  logWealth,
  type Mixture,
  type MixtureProcess,
  mixtureOf,
  type Onset,
  type Prior,
  startMixture,
} from './mixture.ts';
import { checkCount, checkDispersion } from './rate.ts';

/** In one block. */
export interface SampledCopies {
  /** Stable's, of those that may be copied. */
  readonly requests: number;
  /** With which probability a copy of each arrives if none is lost, in [0, 1]. */
  readonly share: number;
  readonly arrived: number;
}

export interface CopyOptions {
  /** The share of copies that may be lost, in (0, 1). */
  readonly limit: number;
  /** The most that can be on the way, sent and not yet counted, at the end of any block: not lost yet. */
  readonly inFlight: number;
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
 * proof there (the mean falls with the rate, since g < 1). Where all is copied it is `lostCopies` of src/stats, whose
 * expected copies are a number that is known; where a tenth is drawn, chance makes many more or fewer than a tenth, and
 * that process takes them for lost.
 * Copies on the way: a request is counted in its block, its copy in a later one. Up to any block no more than `inFlight`
 * arrivals are missing for that reason, each of which makes ln S too high by isMissing − arrives, which is most where
 * all is copied; that is taken off the weights beforehand.
 */
export function moreLost({
  limit,
  inFlight,
  dispersion,
  onset,
}: CopyOptions & { readonly onset: Onset }): MixtureProcess<SampledCopies, Mixture> {
  check(limit, inFlight, dispersion);
  const losses = TOWARDS_ALL.map((part) => limit ** (1 - part));
  const logWeights = losses.map((lost) => {
    const { arrives, isMissing } = betOn(lost, limit, 1);
    return -Math.log(losses.length) - (inFlight * (isMissing - arrives)) / dispersion;
  });
  return mixtureOf({ logWeights, onset }, (block) => factorsOf(losses, limit, dispersion, block));
}

export interface FewerLostState extends Mixture {
  /** Of the latest block. */
  readonly share: number;
}

/**
 * Null hypothesis: of each request a copy arrives with probability share·(1 − limit) or less; that is, `limit` of the
 * copies are lost, or more, and there is nothing else that the canary would get.
 *
 * `aboveLimit` on arrivals, with bets on fewer lost ones. Copies that were on the way before the first block, `inFlight`
 * at most, arrive without a request: each makes ln S too high by arrives − isMissing =: c. Of arrivals that come a block
 * later than their requests the whole effect is Σ c_j·(onTheWay_(j−1) − onTheWay_j) ≤ inFlight·(c_1 + Σ rises of c): so c
 * is paid before the first block, and each rise of it, which comes with a rise of the share, before the block.
 */
export function fewerLost({ limit, inFlight, dispersion }: CopyOptions): MixtureProcess<SampledCopies, FewerLostState> {
  check(limit, inFlight, dispersion);
  const losses = OF_LIMIT.map((part) => part * limit);
  const shares: Prior = { logWeights: losses.map(() => -Math.log(losses.length)), onset: AT_ONCE };
  const costs = (share: number): readonly number[] =>
    losses.map((lost) => {
      const { arrives, isMissing } = betOn(lost, limit, share);
      return (inFlight * (arrives - isMissing)) / dispersion;
    });
  const factors = (block: SampledCopies) => factorsOf(losses, limit, dispersion, block);
  return {
    start: { ...startMixture(shares), share: 0 },
    after(state, block) {
      const spoken = factors(block);
      if (spoken === undefined) return state;
      const before = state.blocks === 0 ? losses.map(() => 0) : costs(state.share);
      const rises = costs(block.share).map((cost, k) => Math.max(0, cost - (before[k] as number)));
      const paid = spoken.map((factor, k) => factor - (rises[k] as number));
      return { ...bet(shares, state, paid), share: block.share };
    },
    logEvidence: (state) => logWealth(shares, state),
    factors: (_, block) => factors(block),
  };
}

function factorsOf(losses: readonly number[], limit: number, dispersion: number, block: SampledCopies) {
  const { requests, share, arrived } = block;
  checkCount(requests, arrived);
  if (share === 0 || (requests === 0 && arrived === 0)) return undefined;
  return losses.map((lost) => {
    const { arrives, isMissing } = betOn(lost, limit, share);
    return (arrived * arrives + (requests - arrived) * isMissing) / dispersion;
  });
}

function check(limit: number, inFlight: number, dispersion: number): void {
  if (!(limit > 0 && limit < 1)) throw new RangeError(`a limit of lost copies is between 0 and 1, not ${limit}`);
  if (!(inFlight >= 0 && inFlight < Number.POSITIVE_INFINITY)) throw new RangeError(`${inFlight} copies on the way`);
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
