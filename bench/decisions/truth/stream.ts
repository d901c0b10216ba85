// A run of a scenario as closed blocks, one after the other, from its truth and a seed.
// Never knows who reads it: all rules see the same. Called by the runner and the tests.
import type { Random } from '../../../src/lib/random.ts';
import type { Block, Setting } from '../rule.ts';
import { type CountsOf, countsOf, shareAt } from './arms.ts';
import { normal } from './draws.ts';
import { bucketsOf, multinomial } from './latency.ts';
import { scrapedBlocks } from './scrapes.ts';
import { levelOf } from './swings.ts';
import type { GaugeTruth, LatencyTruth, Truth } from './truth.ts';

/** The next block; undefined after the deadline. */
export type Stream = () => Block | undefined;

export const settingOf = (truth: Truth): Setting => ({
  arms: truth.traffic.arms,
  share: truth.traffic.arms === 'mirror' ? 0.5 : truth.traffic.shares[0]!,
  deadlineSeconds: truth.seconds,
  blockSeconds: truth.scrapes?.everySeconds ?? truth.blockSeconds,
  ...(truth.latency === undefined ? {} : { edges: truth.latency.edges }),
  truth: { canary: truth.canary, stable: truth.stable },
});

/** The canary's share of what is judged, at a time. */
export const judgedShare = ({ traffic, seconds }: Truth, at: number): number =>
  traffic.arms === 'mirror' ? 0.5 : shareAt(traffic.shares, at, seconds);

export function streamOf(truth: Truth, random: Random): Stream {
  const counts = countsOf(truth, random);
  if (truth.scrapes !== undefined) {
    const blocks = scrapedBlocks(truth, truth.scrapes, counts, random).values();
    return () => blocks.next().value;
  }
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
  const [steadyC, steadyS] = [bucketsOf(latency, 'canary'), bucketsOf(latency, 'stable')];
  const [flushC, flushS] = [flush(latency, random), flush(latency, random)];
  return (at: number, nC: number, nS: number) => {
    const level = levelOf(latency.swings, at + truth.blockSeconds / 2, truth.seconds);
    const slower = at >= (truth.onsetSeconds ?? 0);
    const stable = level === 1 ? steadyS : bucketsOf(latency, 'stable', level);
    const worse = level === 1 ? steadyC : bucketsOf(latency, 'canary', level);
    const canary = slower ? worse : stable;
    return {
      slowC: flushC(at + truth.blockSeconds, multinomial(random, nC, canary)),
      slowS: flushS(at + truth.blockSeconds, multinomial(random, nS, stable)),
    };
  };
}

/** Holds counts back until the pod's next flush. */
function flush({ flushSeconds, edges }: LatencyTruth, random: Random) {
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
