import { describe, expect, it } from 'vitest';
import { LIVE, latencyBlock, MIRRORED, SETTING } from '../../../test/support/compared-blocks.ts';
import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import { latencies, quantilesOf } from '../../../test/support/seeded-traffic.ts';
import { seededRandom } from '../../lib/random.ts';
import type { LatencyCounts } from '../blocks/blocks.ts';
import { type Asked, askedToRollBack } from './answer.ts';
import type { Compared, ExposureSpan } from './exposure.ts';
import type { LatencyGate } from './kinds.ts';
import { type LatencyState, latencyGate } from './latency-gate.ts';

const GATE: LatencyGate = {
  kind: 'latency',
  name: 'latency',
  byDefault: false,
  quantile: 0.95,
  worseBy: { factor: 1, extraMs: 0 },
};
const TOLERANT: LatencyGate = { ...GATE, worseBy: { factor: 1.2, extraMs: 0 } };
const ASKED: Asked = { at: 0, exposure: 'mirrored', fresh: true, weight: 1, reached: false, waiting: [] };

interface Law {
  readonly median: number;
  readonly spread: number;
}

const WIDE: Law = { median: 50, spread: 0.8 };
const drawn = (seed: number, requests: number, { median, spread }: Law): number[] =>
  latencies(seededRandom(seed), requests, ISTIO_EDGES, (normal) => median * Math.exp(spread * normal));

const processOf = (gate: LatencyGate, stable: Law, history = 20_000) =>
  latencyGate(gate, SETTING, {
    edges: ISTIO_EDGES.slice(0, -1),
    dispersion: 1,
    history: history === 0 ? ISTIO_EDGES.map(() => 0) : drawn(99, history, stable),
  });

/** Blocks of so many pairs until the evidence is there; undefined when it is not within them. */
function pairsUntilRollBack(gate: LatencyGate, stable: Law, times: number, seed: number, blocks: number, each = 10) {
  const process = processOf(gate, stable);
  let state: LatencyState = process.start;
  for (let index = 0; index < blocks; index += 1) {
    const one = (offset: number, law: Law) => drawn(seed * 1_000_003 + index * 7919 + offset, each, law);
    state = process.after(
      state,
      latencyBlock(index, one(1, { ...stable, median: stable.median * times }), one(2, stable)),
    );
    if ((process.against(state) ?? 0) >= askedToRollBack(1)) return (index + 1) * each;
  }
  return undefined;
}

function seenAfter(
  gate: LatencyGate,
  stable: Law,
  canary: Law,
  pairs: number,
  span: ExposureSpan = MIRRORED,
  history?: number,
) {
  const process = processOf(gate, stable, history);
  const blocks: Compared<LatencyCounts>[] = Array.from({ length: 10 }, (_, index) =>
    latencyBlock(index, drawn(index + 1, pairs / 10, canary), drawn(index + 1001, pairs / 10, stable), span),
  );
  return { process, state: blocks.reduce((state, block) => process.after(state, block), process.start) };
}

describe('the gate latency', () => {
  it('finds 1.2 times on the buckets of Istio within 800 pairs at the median', () => {
    const found = Array.from({ length: 60 }, (_, seed) => pairsUntilRollBack(GATE, WIDE, 1.2, seed + 1, 300));
    expect(quantilesOf(found.map((pairs) => pairs ?? Infinity)).median).toBeLessThanOrEqual(800);
  });

  it('never rolls back a canary inside its tolerance whose answers lie just below an edge, and says why it cannot tell', () => {
    const narrow: Law = { median: 235, spread: 0.05 };
    const found = Array.from({ length: 20 }, (_, seed) => pairsUntilRollBack(TOLERANT, narrow, 1.1, seed + 1, 40, 500));
    expect(found.filter((pairs) => pairs !== undefined)).toEqual([]);
    const { process, state } = seenAfter(TOLERANT, narrow, { ...narrow, median: 235 * 1.1 }, 20_000);
    expect(process.answer(state, ASKED)).toMatchObject({ verdict: 'inconclusive', reason: 'Resolution' });
  });

  it('passes an equal canary with its quantiles', () => {
    const { process, state } = seenAfter(TOLERANT, WIDE, WIDE, 20_000);
    expect(process.answer(state, ASKED)).toMatchObject({
      verdict: 'pass',
      message: expect.stringMatching(
        /^canary's p95 is about 21\d ms, stable's 21\d ms; were clearly more of its answers slower than 100 ms and 250 ms, this would appear in fewer than 1 of [\d,]+ releases; 20,000 mirrored pairs$/,
      ),
      numbers: { unit: 'milliseconds', requests: { canary: 20_000, stable: 20_000 }, needed: 0 },
    });
  });

  it('fails one that takes twice as long', () => {
    const { process, state } = seenAfter(TOLERANT, WIDE, { ...WIDE, median: 100 }, 4000);
    expect(process.answer(state, ASKED)).toMatchObject({ verdict: 'fail', reason: 'Worse' });
  });

  it('first learns where the answers of stable lie when it had none before', () => {
    const { process, state } = seenAfter(TOLERANT, WIDE, WIDE, 400, MIRRORED, 0);
    expect(process.answer(state, ASKED)).toMatchObject({
      reason: 'MoreEvidence',
      message: expect.stringMatching(/^stable has had too few requests .*: 500 are needed$/),
    });
    const learned = (pairs: number) => seenAfter(TOLERANT, WIDE, WIDE, pairs, MIRRORED, 0).state.compared;
    expect(learned(490)).toBeUndefined();
    expect(learned(500)).toBeDefined();
    expect(learned(4000)?.proof?.canary).toBeDefined();
  });

  it('holds max against both versions', () => {
    const limited: LatencyGate = { ...TOLERANT, max: 250 };
    const slow: Law = { ...WIDE, median: 90 };
    const one = seenAfter(limited, WIDE, slow, 4000);
    expect(one.process.answer(one.state, ASKED).verdict).toBe('fail');
    const both = seenAfter(limited, slow, slow, 4000);
    expect(both.process.answer(both.state, ASKED)).toMatchObject({ verdict: 'inconclusive', reason: 'Incident' });
    const everybody = seenAfter(limited, WIDE, slow, 4000, { exposure: 'live', share: 1, from: 0 });
    expect(everybody.process.answer(everybody.state, { ...ASKED, exposure: 'live' })).toMatchObject({
      verdict: 'fail',
      reason: 'AboveMax',
    });
  });

  it('never passes a canary whose quantile is above max, also where the buckets hide it, and says so of one below', () => {
    const answer = (max: number, canary: Law) => {
      const { process, state } = seenAfter({ ...TOLERANT, max }, WIDE, canary, 20_000);
      return process.answer(state, ASKED);
    };
    expect(answer(300, WIDE)).toMatchObject({
      verdict: 'pass',
      message: expect.stringMatching(/stable's 21\d ms, no more than 300 ms; were/),
    });
    expect(answer(100, WIDE)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'Incident',
      message: expect.stringContaining('above 100 ms; 20,000 mirrored pairs; stable is above it too'),
    });
    // Of 100 to 250 ms only a part is within it, and stable's p95 is just below.
    expect(answer(220, { ...WIDE, median: 54 })).toMatchObject({
      verdict: 'inconclusive',
      reason: 'Resolution',
      message: expect.stringContaining('220 ms lies inside a bucket'),
    });
    // No number of requests would do, whoever is above.
    for (const { numbers } of [answer(100, WIDE), answer(220, { ...WIDE, median: 54 })])
      expect(numbers).not.toHaveProperty('needed');
  });

  it('shows each exposure anew', () => {
    const { process, state } = seenAfter(TOLERANT, WIDE, WIDE, 20_000);
    const next = process.after(state, latencyBlock(0, drawn(5, 5, WIDE), drawn(6, 95, WIDE), LIVE));
    expect(process.answer(next, { ...ASKED, exposure: 'live' })).toMatchObject({
      verdict: 'inconclusive',
      numbers: { requests: { canary: 5, stable: 95 }, needed: expect.any(Number) },
    });
  });

  it('goes on from a stored state to the last digit, in little room', () => {
    const process = processOf(TOLERANT, WIDE);
    const blocks = Array.from({ length: 12 }, (_, index) =>
      latencyBlock(index, drawn(index + 1, 100, { ...WIDE, median: 55 }), drawn(index + 77, 100, WIDE)),
    );
    const whole = blocks.reduce((state, block) => process.after(state, block), process.start);
    const stored = blocks.reduce<LatencyState>(
      (state, block) => process.after(JSON.parse(JSON.stringify(state)) as LatencyState, block),
      process.start,
    );
    expect(stored).toEqual(whole);
    expect(JSON.stringify(whole).length).toBeLessThan(1300);
  });

  it('stays a number with silent sides and a billion requests', () => {
    const none = ISTIO_EDGES.map(() => 0);
    const huge = ISTIO_EDGES.map(() => 1e8);
    const process = processOf({ ...TOLERANT, max: 250 }, WIDE);
    const state = [
      latencyBlock(0, none, none),
      latencyBlock(1, huge, none),
      latencyBlock(2, none, huge),
      latencyBlock(3, huge, huge),
    ].reduce((before, block) => process.after(before, block), process.start);
    expect(Number.isFinite(process.against(state))).toBe(true);
    expect(JSON.stringify(process.answer(state, ASKED))).not.toContain('null');
  });
});
