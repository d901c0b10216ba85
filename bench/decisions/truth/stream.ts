// A run of a scenario as closed blocks, one after the other, from its truth and a seed.
// Never knows who reads it: all rules see the same. Called by the runner and the tests.
import type { Random } from '../../../src/lib/random.ts';
import { type CountsOf, countsOf, shareAt } from './arms.ts';
import type { Block } from './block.ts';
import { normal } from './draws.ts';
import { bucketsOf, multinomial } from './latency.ts';
import type { Setting } from './setting.ts';
import { levelOf } from './swings.ts';
import type { GaugeTruth, LatencyTruth, Truth } from './truth.ts';

/** The next block; undefined after the deadline. */
export type Stream = () => Block | undefined;

export const settingOf = (truth: Truth): Setting => ({
  arms: truth.traffic.arms,
  share: truth.traffic.arms === 'mirror' ? 0.5 : truth.traffic.shares[0]!,
  deadlineSeconds: truth.seconds,
  blockSeconds: truth.blockSeconds,
  before: hourBefore(truth),
  ...(truth.mayPromote === undefined ? {} : { mayPromote: truth.mayPromote }),
  ...(truth.blocksPerLook === undefined ? {} : { blocksPerLook: truth.blocksPerLook }),
  ...(truth.latency === undefined ? {} : { edges: truth.latency.edges }),
  truth: { canary: truth.canary, stable: truth.stable },
});

/** Not drawn: what stable's laws say of an hour. */
function hourBefore({ traffic: { perSecond }, stable, latency }: Truth): Setting['before'] {
  const requests = 3600 * perSecond;
  const buckets = latency && bucketsOf(latency, 'stable').map((mass) => Math.round(mass * requests));
  return { requests, errors: Math.round(requests * stable), ...(buckets && { buckets }) };
}

/** The canary's share of what is judged, at a time. */
export const judgedShare = ({ traffic, seconds }: Truth, at: number): number =>
  traffic.arms === 'mirror' ? 0.5 : shareAt(traffic.shares, at, seconds);

export function streamOf(truth: Truth, random: Random): Stream {
  const counts = countsOf(truth, random);
  const latency = truth.latency === undefined ? undefined : latencyOf(truth, truth.latency, random);
  const gauge = truth.gauge === undefined ? undefined : gaugeOf(truth, truth.gauge, random);
  return plain(truth, counts, (block, at) => {
    const withLatency = latency === undefined ? block : { ...block, ...latency(at, block.nC, block.nS) };
    return gauge === undefined ? withLatency : { ...withLatency, ...gauge(at) };
  });
}

function plain(truth: Truth, counts: CountsOf, enrich: (block: Block, at: number) => Block): Stream {
  const { blockSeconds: seconds } = truth;
  const blocks = Math.round(truth.seconds / seconds);
  const isPlain = truth.latency === undefined && truth.gauge === undefined;
  let index = 0;
  return () => {
    if (index >= blocks) return undefined;
    const at = index * seconds;
    index += 1;
    const { nC, eC, nS, eS } = counts(at, seconds);
    const block = { seconds, nC, eC, nS, eS };
    return isPlain ? block : enrich(block, at);
  };
}

function latencyOf(truth: Truth, latency: LatencyTruth, random: Random) {
  const massesAt = massesOf(truth, latency);
  const [flushC, flushS] = [flush(latency, random), flush(latency, random)];
  return (at: number, nC: number, nS: number) => {
    const { canary, stable } = massesAt(at, truth.blockSeconds);
    return {
      slowC: flushC(at + truth.blockSeconds, multinomial(random, nC, canary)),
      slowS: flushS(at + truth.blockSeconds, multinomial(random, nS, stable)),
    };
  };
}

/** The probability of each bucket for both versions, in the `seconds` from `at` on. */
export function massesOf(truth: Truth, latency: LatencyTruth) {
  const steady = { canary: bucketsOf(latency, 'canary'), stable: bucketsOf(latency, 'stable') };
  return (at: number, seconds: number): Record<'canary' | 'stable', readonly number[]> => {
    const level = levelOf(latency.swings, at + seconds / 2, truth.seconds);
    const stable = level === 1 ? steady.stable : bucketsOf(latency, 'stable', level);
    if (at < (truth.onsetSeconds ?? 0)) return { canary: stable, stable };
    return { canary: level === 1 ? steady.canary : bucketsOf(latency, 'canary', level), stable };
  };
}

/** Holds counts back until the pod's next flush; `end` in seconds, whole ones where there is one. */
export function flush({ flushSeconds, edges }: LatencyTruth, random: Random) {
  if (flushSeconds === undefined) return (_: number, counts: readonly number[]) => counts;
  const phase = Math.floor(random() * flushSeconds);
  let held = edges.map(() => 0);
  return (end: number, counts: readonly number[]): readonly number[] => {
    held = held.map((count, index) => count + counts[index]!);
    if (Math.round(end - phase) % flushSeconds !== 0) return edges.map(() => 0);
    const seen = held;
    held = edges.map(() => 0);
    return seen;
  };
}

function gaugeOf(truth: Truth, gauge: GaugeTruth, random: Random) {
  const { lag1, sd, factor, trend } = gauge;
  const step = Math.sqrt(1 - lag1 * lag1);
  // Stationary from the first point on.
  let [c, s] = [normal(random), normal(random)];
  return (at: number) => {
    const level = levelOf(trend, at, truth.seconds);
    const own = at >= (truth.onsetSeconds ?? 0) ? factor : 1;
    const gauges = { gaugeC: level * own * Math.exp(sd * c), gaugeS: level * Math.exp(sd * s) };
    c = lag1 * c + step * normal(random);
    s = lag1 * s + step * normal(random);
    return gauges;
  };
}
