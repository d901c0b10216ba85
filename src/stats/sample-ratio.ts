// Evidence that the canary does not get the share of requests that was configured: the data may be wrong, or the route.
// Never says what follows: too few may be a reason to roll back, too many are none. Called by traffic-share-gate.ts, which asks which side it is on.
import { limitFactor, reachable } from './limit.ts';
import { sumOfLogs } from './logs.ts';
import { type Mixture, type MixtureProcess, mixtureOf, type Onset, prior, type Unsure } from './mixture.ts';
import { checkCount, checkDispersion, isSilent } from './rate.ts';

/** Requests of one block, and the share of them that the route gave to the canary then, in (0, 1). */
export interface ShareBlock {
  readonly canary: number;
  readonly stable: number;
  readonly share: number;
  /** Left out where both are counted up to the same times. */
  readonly ends?: ShareEnds;
}

/** So many of the canary's requests at most are counted, more or less, across an end of the block than of stable's time. */
export interface ShareEnds {
  readonly from: number;
  readonly to: number;
  /** The block before was not told, or of another share. */
  readonly isApart: boolean;
}

export interface ShareOptions {
  /** Relative: with 0.02 a share of 10 % may be 9.8 to 10.2 %. */
  readonly tolerance: number;
  readonly dispersion: number;
  readonly onset: Onset;
}

/** Times the limit on either side. Big ones for routes that do not work at all. */
const OVER: readonly number[] = [1.03, 1.1, 1.3, 2, 5];
const SHORT: readonly number[] = [0.97, 0.9, 0.75, 0.4, 0.02];

/**
 * Null hypothesis: each request is the canary's with a probability within (1 ± tolerance) × the block's share.
 *
 * Half of the wealth is on `aboveLimit` of the upper limit, half on its mirror image at the lower one (g < 1; the mean
 * p·g + (1 − p)·c falls with p then). A share that changes from block to block changes the limits, which are known
 * before the block. Compare Lindon and Malek (NeurIPS 2022), who test one share without a tolerance.
 */
export function sampleRatio({ tolerance, dispersion, onset }: ShareOptions): MixtureProcess<ShareBlock, Mixture> {
  if (!(tolerance >= 0 && tolerance < 1)) throw new RangeError(`a share ± ${tolerance} × itself is no tolerance`);
  checkDispersion(dispersion);
  const weights = [...OVER, ...SHORT].map(() => 1 / (OVER.length + SHORT.length));
  const betsOf = (share: number) => {
    const [upper, lower] = [share * (1 + tolerance), share * (1 - tolerance)];
    return {
      over: { limit: upper, times: upper < 1 ? reachable(OVER, upper) : OVER.map(() => 1) },
      short: { limit: lower, times: SHORT },
    };
  };
  return mixtureOf(
    prior(weights, onset),
    ({ canary, stable, share }) => {
      checkCount(canary, stable);
      if (!(share > 0 && share < 1)) throw new RangeError(`${share} is no share of two versions`);
      if (isSilent({ requests: canary + stable })) return undefined;
      const hits = { requests: canary + stable, errors: canary };
      const { over, short } = betsOf(share);
      const logs = [over, short].flatMap(({ limit, times }) => times.map((one) => limitFactor(one, limit, hits)));
      return logs.map((log) => log / dispersion);
    },
    ({ share, ends }) => {
      const { over, short } = betsOf(share);
      return unsureShare([...over.times, ...short.times], dispersion, ends);
    },
  );
}

/**
 * Each of the canary's requests multiplies by `times`. Those that one end of a block has too many of or too few, another has too few of or too
 * many: only at the first and the latest is anything to be taken off (see lost.ts).
 */
export function unsureShare(
  times: readonly number[],
  dispersion: number,
  ends: ShareEnds | undefined,
): Unsure | undefined {
  if (ends === undefined) return undefined;
  const by = times.map((one) => -Math.abs(Math.log(one)) / dispersion);
  return { from: by.map((one) => one * ends.from), to: by.map((one) => one * ends.to), isApart: ends.isApart };
}

/** Where the evidence points: the canary gets more requests than configured, or is short of them. */
export const sideOf = ({ logs }: Mixture): 'over' | 'short' =>
  sumOfLogs(logs.slice(0, OVER.length)) > sumOfLogs(logs.slice(OVER.length)) ? 'over' : 'short';
