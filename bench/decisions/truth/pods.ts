// The same requests as arms.ts has them, pod by pod: which pod met each, whether it failed, how long it took.
// Never scrapes. Called by the cluster.
import type { Random } from '../../../src/lib/random.ts';
import { failing, ratesAt, requestsOf } from './arms.ts';
import { binomial, normal } from './draws.ts';
import { multinomial } from './latency.ts';
import { flush, massesOf } from './stream.ts';
import type { Pods, Truth } from './truth.ts';

export const VERSIONS = ['canary', 'stable'] as const;
export type Version = (typeof VERSIONS)[number];

/** What one pod counted in some time. */
export interface PodCounts {
  readonly requests: number;
  readonly failed: number;
  /** Of good answers, not cumulative. */
  readonly slow?: readonly number[];
}

/** By version, one entry for each pod. */
export type PodCountsOf = (at: number, seconds: number) => Readonly<Record<Version, readonly PodCounts[]>>;

/** To be asked in the order of time, from the hour before on. */
export function podCountsOf(truth: Truth, pods: Pods, random: Random): PodCountsOf {
  const requests = requestsOf(truth, random);
  const of = (version: Version) => Array.from({ length: pods[version] }, () => onePod(truth, pods, random));
  const all = { canary: of('canary'), stable: of('stable') };
  const massesAt = truth.latency === undefined ? undefined : massesOf(truth, truth.latency);
  return (at, seconds) => {
    const { nC, nS } = requests(at, seconds);
    const rates = ratesAt(truth, at, seconds);
    const masses = massesAt?.(at, seconds);
    const each = (version: Version, n: number) =>
      spread(random, n, pods[version]).map((own, pod) =>
        all[version][pod]!(own, rates[version], masses && { masses: masses[version], end: at + seconds }),
      );
    return { stable: each('stable', nS), canary: each('canary', nC) };
  };
}

interface Slow {
  readonly masses: readonly number[];
  readonly end: number;
}

function onePod(truth: Truth, { logSd = 0 }: Pods, random: Random) {
  const factor = logSd === 0 ? 1 : Math.exp(logSd * normal(random));
  const fails = failing(truth, random);
  const held = truth.latency && flush(truth.latency, random);
  return (requests: number, rate: number, slow: Slow | undefined): PodCounts => {
    const failed = fails(requests, Math.min(1, rate * factor));
    if (slow === undefined || held === undefined) return { requests, failed };
    return { requests, failed, slow: held(slow.end, multinomial(random, requests - failed, slow.masses)) };
  };
}

/** A request meets any pod alike. */
function spread(random: Random, n: number, pods: number): readonly number[] {
  let left = n;
  return Array.from({ length: pods }, (_, pod) => {
    const own = pod === pods - 1 ? left : binomial(random, left, 1 / (pods - pod));
    left -= own;
    return own;
  });
}
