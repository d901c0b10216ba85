// Requests and failures of both versions, block by block, as a scenario's truth has them.
// Never scrapes: what it tells is what happened. Called by the stream and the cluster.
import type { Random } from '../../../src/lib/random.ts';
import { binomial, type Failures, failures, geometric, poisson } from './draws.ts';
import { levelOf } from './swings.ts';
import type { Truth } from './truth.ts';

export interface Counts {
  readonly nC: number;
  readonly eC: number;
  readonly nS: number;
  readonly eS: number;
}

/** The counts of the block that begins at `at` and lasts `seconds`; to be asked in the order of time. */
export type CountsOf = (at: number, seconds: number) => Counts;

export function countsOf(truth: Truth, random: Random): CountsOf {
  const requests = requestsOf(truth, random);
  const [ofCanary, ofStable] = [failing(truth, random), failing(truth, random)];
  return (at, seconds) => {
    const { nC, nS } = requests(at, seconds);
    const { canary, stable } = ratesAt(truth, at, seconds);
    return { nC, eC: ofCanary(nC, Math.min(1, canary)), nS, eS: ofStable(nS, Math.min(1, stable)) };
  };
}

/** Failure rates in the `seconds` from `at` on; a pod's own factor may lie on them. */
export function ratesAt(
  truth: Truth,
  at: number,
  seconds: number,
): { readonly canary: number; readonly stable: number } {
  const { onsetSeconds = 0, swings, stable } = truth;
  const level = swings === undefined ? 1 : levelOf(swings, at + seconds / 2, truth.seconds);
  const canary = at < onsetSeconds ? stable : truth.canary;
  return { canary: canary * level, stable: stable * level };
}

/** Traffic itself is not random: an open loop at its rate. Which version a live request meets is. Before 0 all is stable's. */
export function requestsOf(truth: Truth, random: Random) {
  const { traffic, lost = 0, silentFromSeconds = Number.POSITIVE_INFINITY } = truth;
  // Requests are whole: what a block is short of comes in a later one. An object: a changing number in a closure is a new one each time.
  const open = { owed: 1e-9 };
  return (at: number, seconds: number): { readonly nC: number; readonly nS: number } => {
    const level = traffic.swings === undefined ? 1 : levelOf(traffic.swings, at + seconds / 2, truth.seconds);
    open.owed += traffic.perSecond * seconds * level;
    const n = Math.floor(open.owed);
    open.owed -= n;
    if (at < 0) return { nC: 0, nS: n };
    if (traffic.arms === 'mirror') {
      if (at >= silentFromSeconds) return { nC: 0, nS: n };
      return { nC: lost === 0 ? n : n - binomial(random, n, lost), nS: n };
    }
    const nC = binomial(random, n, shareAt(traffic.shares, at, truth.seconds));
    return { nC: at >= silentFromSeconds ? 0 : nC, nS: n - nC };
  };
}

/** The share of the step that `at` lies in. */
export const shareAt = (shares: readonly number[], at: number, seconds: number): number =>
  shares[Math.min(shares.length - 1, Math.floor((at / seconds) * shares.length))]!;

/** How many of n requests fail. */
export function failing({ burst }: Truth, random: Random): (n: number, p: number) => number {
  if (burst === undefined) {
    const source: Failures = failures(random);
    return (n, p) => source.among(n, p);
  }
  return (n, p) => {
    let failed = 0;
    for (let clusters = poisson(random, (n * p) / burst); clusters > 0; clusters -= 1)
      failed += 1 + geometric(random, 1 / burst);
    // No block has more failures than requests.
    return Math.min(n, failed);
  };
}
