// What a turn of one release costs for its comparative gates: folding a new block of every kind, asking for all verdicts, and the state.
// Never reads samples (bench/operator does, for many releases). Run by `npm run bench gates`.
import {
  afterNews,
  beginComparisons,
  type Comparisons,
  type News,
  verdictsOf,
  withLatency,
} from '../../src/analysis/comparative/comparisons.ts';
import type { ComparativeGate } from '../../src/analysis/comparative/kinds.ts';
import { readComparativeGates } from '../../src/analysis/comparative/read.ts';
import { shortened } from '../../src/analysis/comparative/stored.ts';
import { completeGates } from '../../src/api/gate-defaults.ts';
import type { GateSpec } from '../../src/api/release.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { errorBlock, latencyBlock, MIRRORED, SETTING } from '../../test/support/compared-blocks.ts';
import { gaugeBlock } from '../../test/support/compared-gauges.ts';
import { ISTIO_EDGES } from '../../test/support/istio-edges.ts';
import { failures, latencies } from '../../test/support/seeded-traffic.ts';
import { machine, printTable } from '../machine.ts';
import type { Bench } from '../run.ts';

const TURNS = 2000;
const ALL: Readonly<Record<string, GateSpec>> = {
  errors: { max: '1%' },
  clientErrors: {},
  latency: { max: '500ms' },
  saturation: {},
  cpuPerRequest: {},
  memory: {},
  lostRequests: {},
  restarts: {},
  trafficShare: {},
};

const gatesOf = (gates: Readonly<Record<string, GateSpec>> | undefined): readonly ComparativeGate[] =>
  readComparativeGates(completeGates(undefined, gates));

const drawn = (seed: number, requests: number): number[] =>
  latencies(seededRandom(seed), requests, ISTIO_EDGES, (normal) => 50 * Math.exp(0.8 * normal));

/** 250 requests of a version. */
function drawnErrors(turn: number, canaryPods: number) {
  const random = seededRandom(turn + 1);
  const version = (name: string, pods: number) =>
    Object.fromEntries(
      Array.from({ length: pods }, (_, pod) => {
        const requests = Math.round((250 * (pod + 1)) / pods) - Math.round((250 * pod) / pods);
        return [`${name}-7d9f8b6c5-x${pod}2kq`, { requests, errors: failures(random, requests, 0.001) }];
      }),
    );
  return errorBlock(turn, version('checkout-canary', canaryPods), version('checkout', 1));
}

/** A block of every kind in each turn: far more than there is, where most turns see one of requests alone. */
function newsOf(turn: number, canaryPods: number): News {
  const errors = drawnErrors(turn, canaryPods);
  const latency = latencyBlock(turn, drawn(turn, 500), drawn(turn + TURNS, 500));
  const use = { requests: 1500, cores: 0.2 + 0.01 * Math.sin(turn), bytes: 2e8 };
  const gauges = gaugeBlock(turn, { 'v2-a': use }, { 'v1-a': use, 'v1-b': use });
  const look = <Counts>(block: Counts & { readonly to: number }) => ({
    blocks: [block],
    faults: [],
    waiting: [],
    cursor: { at: block.to },
  });
  const limits = { cpuCores: 0.5, memoryBytes: 5e8 };
  const at = { from: turn * 30_000, to: (turn + 1) * 30_000 };
  const pods = { podSeconds: 60, restarts: 0 };
  return {
    errors: look(errors.block),
    latency: look(latency.block),
    gauges: { ...look(gauges.block), limits: { canary: limits, stable: limits } },
    uptime: {
      blocks: [{ ...at, span: MIRRORED, uptime: { canary: pods, stable: pods } }],
      cursor: { at: at.to, canary: 0, stable: 0 },
    },
  };
}

const begun = (): Comparisons => ({
  ...withLatency(beginComparisons(SETTING, { errors: { at: 0 }, latency: { at: 0 }, gauges: { at: 0 } }), {
    edges: ISTIO_EDGES.slice(0, -1),
    history: drawn(1, 20_000),
    dispersion: 1,
  }),
  spans: [MIRRORED],
});

/** Microseconds of one turn at the median, and the characters of what is stored after the last one. */
function measured(gates: readonly ComparativeGate[], news: readonly News[]) {
  const micros: number[] = [];
  let seen = begun();
  for (const one of news) {
    const from = performance.now();
    seen = afterNews(seen, gates, one);
    verdictsOf(seen, gates, { at: seen.cursors.errors.at, exposure: 'mirrored', fresh: true, waiting: {} });
    micros.push((performance.now() - from) * 1000);
  }
  const sorted = micros.toSorted((a, b) => a - b);
  const at = (part: number) => Math.round(sorted[Math.floor(part * sorted.length)] ?? 0);
  return { median: at(0.5), p99: at(0.99), characters: JSON.stringify(shortened(seen)).length };
}

export const bench: Bench = {
  title: 'a turn of one release with comparative gates: evidence, verdicts, state',
  async run() {
    const all = Array.from({ length: TURNS }, (_, turn) => newsOf(turn, 1));
    const ofSix = Array.from({ length: TURNS }, (_, turn) => newsOf(turn, 6));
    const requestsAlone = all.map(({ errors }) => ({ ...(errors && { errors }) }));
    const rows = [
      ['the default gates, a block of requests', gatesOf(undefined), requestsAlone],
      ['the default gates, a block of every kind', gatesOf(undefined), all],
      ['all nine gates with `max`, a block of requests', gatesOf(ALL), requestsAlone],
      ['all nine gates with `max`, a block of every kind', gatesOf(ALL), all],
      ['the same, six pods of the canary', gatesOf(ALL), ofSix],
    ] as const;
    console.log(`${machine()}; ${TURNS} turns each\n`);
    printTable(
      ['', 'CPU of a turn, median', '99 % of turns', 'state'],
      rows.map(([name, gates, news]) => {
        const { median, p99, characters } = measured(gates, news);
        return [name, `${median} µs`, `${p99} µs`, `${characters} characters`];
      }),
    );
  },
};
