import { describe, expect, it } from 'vitest';
import { errorBlock, latencyBlock, SETTING } from '../../../test/support/compared-blocks.ts';
import { gaugeBlock } from '../../../test/support/compared-gauges.ts';
import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import { failures, latencies } from '../../../test/support/seeded-traffic.ts';
import { completeGates } from '../../api/gate-defaults.ts';
import { type Random, seededRandom } from '../../lib/random.ts';
import type { Block, Look } from '../blocks/blocks.ts';
import { afterNews, beginComparisons, type Comparisons, type News, withLatency } from './comparisons.ts';
import type { ExposureSpan } from './exposure.ts';
import { readComparativeGates } from './read.ts';
import { opened, shortened } from './stored.ts';

const GATES = readComparativeGates(
  completeGates(undefined, {
    errors: { max: '1%' },
    clientErrors: { max: '5%' },
    latency: { max: '500ms' },
    saturation: {},
    cpuPerRequest: {},
    memory: {},
    lostRequests: {},
    restarts: { max: 3 },
    trafficShare: {},
  }),
);
const BEGAN = 1_795_316_400_000;
const BLOCK_MS = 30_000;
const TURNS = 2000;
const LIVE_FROM = BEGAN + (TURNS / 2) * BLOCK_MS + 2345;
const MIRRORED: ExposureSpan = {
  exposure: 'mirrored',
  share: 1,
  from: BEGAN,
  confirmedAt: BEGAN,
  to: LIVE_FROM - 2000,
};
const LIVE: ExposureSpan = { exposure: 'live', share: 0.1, from: LIVE_FROM, confirmedAt: LIVE_FROM };
const SPANS = [MIRRORED, LIVE];

const pods = (version: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, pod) => `${version}-7d9f8b6c5-x${pod}2kq`);
const each = <Value>(names: readonly string[], value: () => Value): Readonly<Record<string, Value>> =>
  Object.fromEntries(names.map((name) => [name, value()]));

/** Fractions of requests, as interpolated counters have them. */
const fraction = (random: Random): number => Math.floor(random() * 1000) / 1000;

/** One block of every kind; requests, rates and use differ from one to the next. */
function newsOf(random: Random, turn: number, canaryPods: readonly string[], stablePods: readonly string[]): News {
  const at = { from: BEGAN + turn * BLOCK_MS, to: BEGAN + (turn + 1) * BLOCK_MS };
  const isLive = turn > TURNS / 2;
  const counted = (requests: number) => () => {
    const failed = failures(random, requests, 0.002 * (1 + Math.sin(turn)));
    const clientErrors = failures(random, requests, 0.02);
    return { requests: requests + fraction(random), errors: failed * (1 - 0.3 * fraction(random)), clientErrors };
  };
  const [ofCanary, ofStable] = isLive ? [20, 180] : [40, 40];
  const { block } = errorBlock(0, each(canaryPods, counted(ofCanary)), each(stablePods, counted(ofStable)));
  const times = () =>
    latencies(random, 150, ISTIO_EDGES, (normal) => 50 * Math.exp(0.8 * normal)).map((count) =>
      count === 0 ? 0 : count + fraction(random),
    );
  const use = () => ({ requests: 250, cores: 0.2 + 0.01 * random(), bytes: 2e8 * (1 + 0.1 * random()) });
  const look = <Counts>(one: Block<Counts>): Look<Counts> => ({
    blocks: [{ ...one, ...at }],
    faults: [],
    waiting: [],
    cursor: { at: at.to },
  });
  const limits = { cpuCores: 0.5, memoryBytes: 5e8 };
  const uptime = {
    canary: { podSeconds: 30 * canaryPods.length, restarts: turn % 300 === 7 ? 1 : 0 },
    stable: { podSeconds: 180 - fraction(random), restarts: turn % 400 === 9 ? 1 : 0 },
  };
  return {
    errors: look(throughout(block)),
    latency: look(latencyBlock(0, times(), times()).block),
    gauges: {
      ...look(gaugeBlock(0, each(canaryPods, use), each(stablePods, use)).block),
      limits: { canary: limits, stable: limits },
    },
    uptime: {
      blocks: [{ ...at, span: isLive ? LIVE : MIRRORED, uptime }],
      cursor: { at: at.to, canary: 7, stable: 5 },
    },
  };
}

/** All pods were there for all of it. */
function throughout<Counts extends { readonly podSeconds: number }>(block: Block<Counts>): Block<Counts> {
  const whole = (names: Readonly<Record<string, Counts>>) =>
    Object.fromEntries(Object.entries(names).map(([name, one]) => [name, { ...one, podSeconds: BLOCK_MS / 1000 }]));
  const [canary, stable] = [whole(block.canary.pods), whole(block.stable.pods)];
  return { ...block, canary: { ...block.canary, pods: canary }, stable: { ...block.stable, pods: stable } };
}

function begun(): Comparisons {
  const setting = {
    ...SETTING,
    began: BEGAN,
    dispersion: 1.235,
    history: { requests: 180_000.123, errors: 180.25 },
    gaugeBlocks: { cpu: 90_000, memory: 300_000 },
  };
  const at = { at: BEGAN };
  const history = latencies(seededRandom(1), 20_000, ISTIO_EDGES, (normal) => 50 * Math.exp(0.8 * normal));
  return {
    ...withLatency(beginComparisons(setting, { errors: at, latency: at, gauges: at }), {
      edges: ISTIO_EDGES.slice(0, -1),
      history,
    }),
    spans: SPANS,
  };
}

function folded(canaryPods: number, turns: number, between: (seen: Comparisons) => Comparisons = (seen) => seen) {
  const random = seededRandom(canaryPods);
  const [canary, stable] = [pods('checkout-canary', canaryPods), pods('checkout', 6)];
  let seen = begun();
  for (let turn = TURNS - turns; turn < TURNS; turn += 1)
    seen = between(afterNews(seen, GATES, newsOf(random, turn, canary, stable)));
  return seen;
}

const restarted = (seen: Comparisons): Comparisons =>
  opened(JSON.parse(JSON.stringify(shortened(seen))) as ReturnType<typeof shortened>);

describe('stored comparisons', () => {
  it('are at most 4 KB of JSON with all nine gates after 2,000 blocks of every kind, with six pods of the canary', () => {
    const seen = folded(6, TURNS);
    expect(Object.keys(seen.gates).length).toBe(GATES.length);
    expect(Buffer.byteLength(JSON.stringify(shortened(seen)))).toBeLessThanOrEqual(4096);
  }, 60_000);

  it('are gone on from to the last digit, when they are stored and read after each block', () => {
    const through = folded(3, 60);
    expect(folded(3, 60, restarted)).toEqual(restarted(through));
    expect(restarted(through)).toEqual(JSON.parse(JSON.stringify(through)));
  });

  it('can be read when they were stored with the words of an earlier version', () => {
    const gates = {
      errors: { worse: { logs: [-8.7714, -29.036], blocks: 399, best: 0 }, without: { 'v2-a': { logs: [0.5] } } },
      saturation: { running: { canary: 0, stable: 0, worse: 0 }, exposure: 'live', lacks: 'samples' },
      attempt: true,
    };
    const text = '{6{7{0[Zgr5REBP]12CU20}N{~04v2-a{0[9A]}}}x1{y1{304070}9%A-1%W2}f2!}';
    expect(shortened({ ...begun(), gates }).gates).toBe(text);
    expect(opened({ ...begun(), gates: text }).gates).toEqual(gates);
  });
});
