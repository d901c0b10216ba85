// The same requests as arms.ts has them, pod by pod: which pod met each, whether it failed, how long it took.
// Never scrapes. Called by the cluster.
import type { Random } from '../../../src/lib/random.ts';
import { failing, ratesAt, requestsOf } from './arms.ts';
import { binomial, normal } from './draws.ts';
import { multinomial } from './latency.ts';
import { flush, massesOf } from './stream.ts';
import { levelOf } from './swings.ts';
import type { GaugeTruth, Pods, Truth } from './truth.ts';

export const VERSIONS = ['canary', 'stable'] as const;
export type Version = (typeof VERSIONS)[number];

/** What one pod counted in some time. */
export interface PodCounts {
  readonly requests: number;
  readonly failed: number;
  /** Of good answers, not cumulative. */
  readonly slow?: readonly number[];
  readonly cpuSeconds?: number;
}

/** By version, one entry for each pod. */
export type PodCountsOf = (at: number, seconds: number) => Readonly<Record<Version, readonly PodCounts[]>>;

/** To be asked in the order of time, from the hour before on. */
export function podCountsOf(truth: Truth, pods: Pods, random: Random): PodCountsOf {
  const requests = requestsOf(truth, random);
  const of = (version: Version) => Array.from({ length: pods[version] }, () => onePod(truth, pods, version, random));
  const all = { canary: of('canary'), stable: of('stable') };
  const massesAt = truth.latency === undefined ? undefined : massesOf(truth, truth.latency);
  return (at, seconds) => {
    const { nC, nS } = requests(at, seconds);
    const rates = ratesAt(truth, at, seconds);
    const masses = massesAt?.(at, seconds);
    const each = (version: Version, n: number) =>
      spread(random, n, pods[version]).map((own, pod) =>
        all[version][pod]!(own, rates[version], at + seconds, masses?.[version]),
      );
    return { stable: each('stable', nS), canary: each('canary', nC) };
  };
}

function onePod(truth: Truth, pods: Pods, version: Version, random: Random) {
  const { logSd = 0 } = pods;
  const factor = logSd === 0 ? 1 : Math.exp(logSd * normal(random));
  const fails = failing(truth, random);
  const held = truth.latency && flush(truth.latency, random);
  const cpu = truth.gauge && cpuOf(truth, truth.gauge, version, pods[version], random);
  return (requests: number, rate: number, end: number, masses: readonly number[] | undefined): PodCounts => {
    const failed = fails(requests, Math.min(1, rate * factor));
    return {
      requests,
      failed,
      ...(masses && held && { slow: held(end, multinomial(random, requests - failed, masses)) }),
      ...(cpu && { cpuSeconds: requests * cpu(end) }),
    };
  };
}

const SECONDS_OF_A_REQUEST = 0.01;
/** The gauge moves from one of its points to the next. */
const POINT_SECONDS = 60;

/** CPU of a request: each pod has its own AR(1), so that the mean of a version's pods has the deviation of the truth. */
function cpuOf(truth: Truth, { lag1, sd, factor, trend }: GaugeTruth, version: Version, pods: number, random: Random) {
  const own = { x: normal(random), until: Number.NEGATIVE_INFINITY };
  const [step, deviation] = [Math.sqrt(1 - lag1 * lag1), sd * Math.sqrt(pods)];
  return (end: number): number => {
    while (end > own.until) {
      own.until = own.until === Number.NEGATIVE_INFINITY ? end + POINT_SECONDS : own.until + POINT_SECONDS;
      own.x = lag1 * own.x + step * normal(random);
    }
    const isWorse = version === 'canary' && end > (truth.onsetSeconds ?? 0);
    return (
      SECONDS_OF_A_REQUEST * levelOf(trend, end, truth.seconds) * (isWorse ? factor : 1) * Math.exp(deviation * own.x)
    );
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
