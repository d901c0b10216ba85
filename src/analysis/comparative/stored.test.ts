import { describe, expect, it } from 'vitest';
import { errorBlock, latencyBlock, SETTING } from '../../../test/support/compared-blocks.ts';
import { gaugeBlock } from '../../../test/support/compared-gauges.ts';
import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import { failures, latencies } from '../../../test/support/seeded-traffic.ts';
import { completeGates } from '../../api/gate-defaults.ts';
import { type Random, seededRandom } from '../../lib/random.ts';
import { type Block, ERRORS, type ErrorCounts, type Look } from '../blocks/blocks.ts';
import { afterNews, beginComparisons, type Comparisons, type News, withLatency } from './comparisons.ts';
import type { ExposureSpan } from './exposure.ts';
import { readComparativeGates } from './read.ts';
import { canBeOpened, opened, shortened } from './stored.ts';

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

const named = (version: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, pod) => `${version}-7d9f8b6c5-x${pod}2kq`);
const each = <Value>(names: readonly string[], value: () => Value): Readonly<Record<string, Value>> =>
  Object.fromEntries(names.map((name) => [name, value()]));

/** Fractions of requests, as interpolated counters have them. */
const fraction = (random: Random): number => Math.floor(random() * 1000) / 1000;

interface Traffic {
  readonly canaryPods: readonly string[];
  readonly stablePods: readonly string[];
  readonly unplaced: number;
}

/** One block of every kind; requests, rates and use differ from one to the next. */
function newsOf(random: Random, turn: number, { canaryPods, stablePods, unplaced }: Traffic): News {
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
    errors: look(throughout(block, unplaced)),
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

/** All pods were there for all of it; a part of what they counted may have been before it, or after it. */
function throughout(block: Block<ErrorCounts>, unplaced: number): Block<ErrorCounts> {
  const counted = ({ requests, errors, others = {} }: ErrorCounts) => ({
    requests: unplaced * requests,
    errors: unplaced * errors,
    others: Object.fromEntries(Object.entries(others).map(([name, count]) => [name, unplaced * count])),
  });
  const around = (one: ErrorCounts) => ({ before: counted(one), after: counted(one) });
  const whole = (names: Readonly<Record<string, ErrorCounts>>) => {
    const each = Object.entries(names).map(([name, one]): [string, ErrorCounts] => [
      name,
      { ...one, podSeconds: BLOCK_MS / 1000, ...(unplaced > 0 && { ends: { from: around(one), to: around(one) } }) },
    ]);
    return { ...ERRORS.sum(each.map(([, one]) => one)), pods: Object.fromEntries(each) };
  };
  return { ...block, canary: whole(block.canary.pods), stable: whole(block.stable.pods) };
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
      dispersion: 1.235,
    }),
    spans: SPANS,
  };
}

interface Folding {
  readonly pods: number;
  readonly turns: number;
  readonly unplaced?: number;
  readonly between?: (seen: Comparisons) => Comparisons;
}

function folded({ pods, turns, unplaced = 0, between = (seen) => seen }: Folding): Comparisons {
  const random = seededRandom(pods);
  const traffic = { canaryPods: named('checkout-canary', pods), stablePods: named('checkout', 6), unplaced };
  let seen = begun();
  for (let turn = TURNS - turns; turn < TURNS; turn += 1)
    seen = between(afterNews(seen, GATES, newsOf(random, turn, traffic)));
  return seen;
}

const bytes = (seen: Comparisons): number => Buffer.byteLength(JSON.stringify(shortened(seen)));

const restarted = (seen: Comparisons): Comparisons =>
  opened(JSON.parse(JSON.stringify(shortened(seen))) as ReturnType<typeof shortened>);

describe('stored comparisons', () => {
  it('are at most 4 KB of JSON with all nine gates after 2,000 blocks of every kind, with six pods of the canary', () => {
    const seen = folded({ pods: 6, turns: TURNS });
    expect(Object.keys(seen.gates).length).toBe(GATES.length);
    expect(bytes(seen)).toBeLessThanOrEqual(4096);
  }, 60_000);

  it('are so as well when errors lie between scrapes at the ends of blocks', () => {
    const seen = folded({ pods: 6, turns: 500, unplaced: 0.2 });
    expect(seen.gates['errors']).toMatchObject({ worse: { unsure: expect.any(Array) } });
    expect(bytes(seen)).toBeLessThanOrEqual(4096);
  }, 60_000);

  it('are gone on from to the last digit, when they are stored and read after each block', () => {
    const some = { pods: 3, turns: 60, unplaced: 0.2 };
    const through = folded(some);
    expect(folded({ ...some, between: restarted })).toEqual(restarted(through));
    expect(restarted(through)).toEqual(JSON.parse(JSON.stringify(through)));
  });

  it('can be read when they were stored with the words of an earlier version', () => {
    const gates = {
      errors: { worse: { logs: [-8.7714, -29.036], blocks: 399, best: 0 }, without: { 'v2-a': { logs: [0.5] } } },
      saturation: { running: { canary: 0, stable: 0, worse: 0 }, exposure: 'live', lacks: 'samples' },
      attempt: true,
    };
    const text = '{6{7{0[Zgr5REBP]12CU20}N{~04v2-a{0[9A]}}}x1{y1{304070}9%A-1%W2}f2!}';
    const stored = shortened({ ...begun(), gates });
    expect(stored.gates).toBe(`1${text}`);
    expect(opened({ ...stored, gates: `1${text}` })).toEqual({ ...begun(), gates });
    const others = [text, `2${text}`, '', `11${text}`].map((gates) => canBeOpened({ ...stored, gates }));
    expect([canBeOpened(stored), ...others]).toEqual([true, false, false, false, false]);
    expect(canBeOpened(begun())).toBe(true);
  });

  it('have words that keep their numbers for good: none is moved or taken away', () => {
    const words =
      'logs blocks best canary stable requests errors worse proof exposure live mirrored noWorse reference max seconds ' +
      'interval above below stakes per lower upper without unsure upTo mean squares share podSeconds restarts average ' +
      'worst cpu memory clientErrors latency compared buckets interpolated exact edges slower noSlower gathered atWorst ' +
      'lostRequests seen expected arrived recent whole inFlight arriving reached missing trafficShare notShort notOver ' +
      'saturation running known lacks limits samples cpuPerRequest latest pending from even unlike methods load attempt ' +
      'own besides bets ratio';
    const numbers =
      '0!1!2!3!4!5!6!7!8!9!A!B!C!D!E!F!G!H!I!J!K!L!M!N!O!P!Q!R!S!T!U!V!' +
      'W1!X1!Y1!Z1!a1!b1!c1!d1!e1!f1!g1!h1!i1!j1!k1!l1!m1!n1!o1!p1!q1!r1!s1!t1!u1!v1!w1!x1!y1!z1!-1!_1!W2!X2!Y2!Z2!a2!b2!c2!d2!e2!f2!g2!h2!i2!j2!';
    const gates = Object.fromEntries(words.split(' ').map((word) => [word, true]));
    expect(shortened({ ...begun(), gates }).gates).toBe(`1{${numbers}}`);
  });
});
