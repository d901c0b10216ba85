import { describe, expect, it } from 'vitest';
import { LIVE, MIRRORED } from '../../../test/support/compared-blocks.ts';
import { gaugeBlock, type PodUse } from '../../../test/support/compared-gauges.ts';
import { normal } from '../../../test/support/seeded-traffic.ts';
import { type Random, seededRandom } from '../../lib/random.ts';
import type { GaugeCounts } from '../blocks/blocks.ts';
import { type Asked, askedToRollBack } from './answer.ts';
import type { Compared, ExposureSpan } from './exposure.ts';
import type { GaugeGateState } from './gauge-answer.ts';
import { gaugeGate } from './gauge-gate.ts';
import type { CpuPerRequestGate, MemoryGate } from './kinds.ts';

const CPU: CpuPerRequestGate = {
  kind: 'cpuPerRequest',
  name: 'cpuPerRequest',
  byDefault: false,
  worseBy: { factor: 1.2 },
};
const MEMORY: MemoryGate = { kind: 'memory', name: 'memory', byDefault: false, worseBy: { factor: 1.2 } };
const ASKED: Asked = { at: 0, exposure: 'mirrored', fresh: true, weight: 0.05, reached: false, waiting: [] };
const MIB = 2 ** 20;
const BLOCK_MS = 60_000;

/** CPU of some 10 ms for a request, `times` as much the canary's; noise and load that both share; two blocks make one. */
function drawn(random: Random, index: number, times: number, span: ExposureSpan = MIRRORED): Compared<GaugeCounts> {
  const load = 300 * (1.5 + Math.sin(index / 10));
  const common = Math.exp(0.3 * Math.sin(index / 7));
  const use = (one: number): PodUse => {
    const noise = Math.exp(0.1 * normal(random));
    return {
      requests: load,
      cores: (one * common * noise * load * 0.01) / 30,
      bytes: one * common * noise * 200 * MIB,
    };
  };
  return gaugeBlock(index, { c: use(times) }, { s: use(1) }, span);
}

const at = (blocks: readonly Compared<GaugeCounts>[]): Asked => ({ ...ASKED, at: blocks.at(-1)?.block.to ?? 0 });

function folded(
  gate: CpuPerRequestGate | MemoryGate,
  blocks: readonly Compared<GaugeCounts>[],
  blockMs = BLOCK_MS,
): {
  state: GaugeGateState;
  process: ReturnType<typeof gaugeGate>;
  answer: ReturnType<ReturnType<typeof gaugeGate>['answer']>;
} {
  const process = gaugeGate(gate, blockMs);
  const state = blocks.reduce(process.after, process.start);
  return { state, process, answer: process.answer(state, at(blocks)) };
}

const many = (count: number, block: (index: number) => Compared<GaugeCounts>) =>
  Array.from({ length: count }, (_, index) => block(index));
const random = (seed: number) => seededRandom(seed + 1);

describe.each([CPU, MEMORY])('the gate $kind', (gate) => {
  it('finds a canary that uses half as much again, and says how it knows', () => {
    const rolled = Array.from({ length: 20 }, (_, seed) => {
      const source = random(seed);
      return folded(
        gate,
        many(60, (index) => drawn(source, index, 1.5)),
      ).answer;
    });
    expect(rolled.filter(({ verdict }) => verdict === 'fail').length).toBeGreaterThanOrEqual(19);
    expect(rolled[0]).toMatchObject({
      reason: 'Worse',
      message: expect.stringMatching(
        gate.kind === 'memory'
          ? /^a pod of the canary uses 3\d\d MiB of memory, one of stable 2\d\d MiB of memory; were it no more than 1.2 times, evidence this strong would appear in about 1 of [\d,]+ releases; 30 blocks of 1m$/
          : /^a request takes the canary 1\d ms of CPU, stable \d+(\.\d)? ms of CPU; were it no more than 1.2 times, evidence this strong would appear in about 1 of [\d,]+ releases; 30 blocks of 1m$/,
      ),
    });
  });

  it('leaves an equal canary alone, looked at after each block, and passes it', () => {
    let wrong = 0;
    let passed = 0;
    for (let seed = 0; seed < 100; seed += 1) {
      const source = random(seed);
      const process = gaugeGate(gate, BLOCK_MS);
      let state = process.start;
      let rolledBack = false;
      for (let index = 0; index < 120; index += 1) {
        state = process.after(state, drawn(source, index, 1));
        rolledBack ||= (process.against(state) ?? 0) >= askedToRollBack(1);
      }
      wrong += rolledBack ? 1 : 0;
      passed += process.answer(state, ASKED).verdict === 'pass' ? 1 : 0;
    }
    expect(wrong).toBeLessThanOrEqual(2);
    expect(passed).toBeGreaterThanOrEqual(98);
  });

  it('hardly ever passes one that is at the tolerance', () => {
    const passed = Array.from({ length: 100 }, (_, seed) => {
      const source = random(seed);
      return folded(
        gate,
        many(80, (index) => drawn(source, index, 1.2)),
      ).answer.verdict;
    }).filter((verdict) => verdict === 'pass');
    expect(passed.length).toBeLessThanOrEqual(9);
  });

  it('waits for blocks as long as asked, and tells how many more', () => {
    const source = random(3);
    const blocks = many(10, (index) => drawn(source, index, 1));
    expect(folded(gate, []).answer.reason).toBe('NoData');
    expect(folded(gate, blocks, 900_000).answer).toMatchObject({
      reason: 'MoreEvidence',
      message: expect.stringMatching(/^5m.* too few for a block, which takes 15m; at least 3 are needed$/),
    });
    expect(folded(gate, blocks.slice(0, 4)).answer.message).toMatch(/2 blocks of 1m, and at least 3 are needed$/);
    const some = folded(gate, blocks.slice(0, 6));
    expect(some.answer.message).toMatch(/; some \d more blocks are needed, \dm$/);
    expect(some.state.worse.blocks).toBe(3);
  });

  it('is near the tolerance when the canary is', () => {
    const source = random(5);
    const { answer } = folded(
      gate,
      many(60, (index) => drawn(source, index, 1.22)),
    );
    expect(answer).toMatchObject({ verdict: 'inconclusive', reason: 'NearTolerance' });
  });

  it('tells values that never differ: within or beyond the tolerance is then known', () => {
    const constant = (times: number) =>
      many(40, (index) =>
        gaugeBlock(
          index,
          { c: { requests: 300, cores: 0.1 * times, bytes: 100 * MIB * times } },
          { s: { requests: 300, cores: 0.1, bytes: 100 * MIB } },
        ),
      );
    expect(folded(gate, constant(1)).answer.verdict).toBe('pass');
    expect(folded(gate, constant(1.3)).answer.verdict).toBe('fail');
    expect(folded(gate, constant(1.2)).answer.verdict).toBe('inconclusive');
  });

  it('fails above max in three blocks running, in a preview and at 100 % as well, and asks stable the same', () => {
    const max = gate.kind === 'memory' ? 300 * MIB : 0.015;
    const limited = { ...gate, max };
    const use = (times: number): PodUse => ({ requests: 300, cores: 0.1 * times, bytes: 200 * MIB * times });
    const blocks = (canary: number, stable: number, span: ExposureSpan) =>
      many(6, (index) => gaugeBlock(index, { c: use(canary) }, { s: use(stable) }, span));
    for (const span of [MIRRORED, { ...LIVE, share: 1 }, { ...MIRRORED, exposure: 'preview' } as const]) {
      const { process, state } = folded(limited, blocks(2, 1, span));
      expect(process.answer(state, { ...ASKED, exposure: span.exposure })).toMatchObject({
        verdict: 'fail',
        reason: 'AboveMax',
        oneSided: true,
        stableFailsToo: false,
        message: expect.stringMatching(/more than (15 ms of CPU|300 MiB of memory), for 3 blocks of 1m running$/),
      });
    }
    expect(folded(limited, blocks(2, 2, MIRRORED)).answer).toMatchObject({
      reason: 'Incident',
      verdict: 'inconclusive',
    });
    expect(folded(limited, blocks(2, 2, MIRRORED).slice(0, 4)).answer).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('and may be brief; 2 of 3 blocks'),
    });
    expect(folded(limited, blocks(1, 1, MIRRORED)).answer.verdict).not.toBe('fail');
  });

  it('shows each exposure anew, and keeps its evidence to roll back', () => {
    const source = random(8);
    const { process, state, answer } = folded(
      gate,
      many(60, (index) => drawn(source, index, 1)),
    );
    expect(answer.verdict).toBe('pass');
    const live = { ...LIVE, share: 0.5 };
    expect(process.answer(state, { ...ASKED, exposure: 'live' }).reason).toBe('NoData');
    const next = many(2, (index) => drawn(source, index, 1, live)).reduce(process.after, state);
    expect(process.answer(next, { ...ASKED, exposure: 'live' }).reason).toBe('MoreEvidence');
    expect(next.worse.blocks).toBe(31);
  });

  it('joins no blocks of two spans', () => {
    const source = random(9);
    const later = { ...MIRRORED, from: 30_000 };
    const blocks = [drawn(source, 0, 1), drawn(source, 0, 1, later), drawn(source, 1, 1, later)];
    expect(folded(gate, blocks.slice(0, 2)).state.worse.blocks).toBe(0);
    expect(folded(gate, blocks).state.worse.blocks).toBe(1);
  });

  it('stands still at 100 % and in a preview, and needs fresh samples', () => {
    const source = random(10);
    const { process, state } = folded(
      gate,
      many(60, (index) => drawn(source, index, 1)),
    );
    const reason = (asked: Partial<Asked>) => process.answer(state, { ...ASKED, ...asked }).reason;
    expect(reason({ frozen: '100 %' })).toBe('Frozen');
    expect(reason({ exposure: 'preview' })).toBe('NotCompared');
    expect(reason({ fresh: false })).toBe('Stale');
  });

  it('is not measured where nothing of the canary is, and is then in the way only of who has written it', () => {
    const silent = many(3, (index) => gaugeBlock(index, { c: { requests: 300 } }, { s: { cores: 1, bytes: MIB } }));
    expect(folded(gate, silent).answer).toMatchObject({ verdict: 'inconclusive', reason: 'NotMeasured' });
    expect(folded(gate, silent).answer.mayStayOpen).toBeUndefined();
    expect(folded({ ...gate, byDefault: true }, silent).answer.mayStayOpen).toBe(true);
    expect(folded(gate, silent.slice(1)).answer.reason).toBe('NoData');
  });

  it('goes on from a stored state to the last digit, and is short', () => {
    const source = random(11);
    const blocks = many(121, (index) => drawn(source, index, 1.23456789));
    const { process, state } = folded(gate, blocks);
    const stored = blocks.reduce(
      (before, block) => JSON.parse(JSON.stringify(process.after(before, block))) as GaugeGateState,
      process.start,
    );
    expect(stored).toEqual(JSON.parse(JSON.stringify(state)));
    expect(JSON.stringify(state).length).toBeLessThanOrEqual(400);
  });

  it('stands still where the requests of one version are not like those of the other; memory is compared all the same', () => {
    const source = random(14);
    const why = { confounded: 'no method label' };
    const { process, state } = folded(
      gate,
      many(60, (index) => drawn(source, index, 1.5, { ...MIRRORED, ...why })),
    );
    const answer = process.answer(state, { ...ASKED, ...why });
    expect([answer.verdict, answer.reason]).toEqual(
      gate.kind === 'memory' ? ['fail', 'Worse'] : ['inconclusive', 'Confounded'],
    );
  });

  it('stays a number with nothing, a silent side and a billion of everything', () => {
    const odd: readonly (readonly [PodUse, PodUse])[] = [
      [
        { requests: 0, cores: 0, bytes: 0 },
        { requests: 0, cores: 0, bytes: 0 },
      ],
      [
        { requests: 1e9, cores: 1e9, bytes: 1e18 },
        { requests: 1e9, cores: 1e-9, bytes: 1 },
      ],
      [
        { requests: 1e9, cores: 1e-9, bytes: 1 },
        { requests: 1e9, cores: 1e9, bytes: 1e18 },
      ],
      [{ requests: 50, cores: 1, bytes: 1 }, {}],
      [{}, { requests: 50, cores: 1, bytes: 1 }],
    ];
    const blocks = many(40, (index) => {
      const [canary, stable] = odd[index % odd.length] ?? [{}, {}];
      return gaugeBlock(index, { c: canary }, { s: stable });
    });
    const { process, state, answer } = folded({ ...gate, max: 1 }, blocks, 1000);
    expect(state.worse.blocks).toBeGreaterThan(0);
    expect(Number.isFinite(process.against(state))).toBe(true);
    expect(JSON.stringify([answer, state])).not.toMatch(/null|NaN/);
  });
});

describe('CPU for a request', () => {
  it('is not compared where only some methods are copied: CPU is not known by method', () => {
    const source = random(12);
    const { answer, state } = folded(
      CPU,
      many(60, (index) => drawn(source, index, 3, { ...MIRRORED, methods: ['GET'] })),
    );
    expect(answer).toMatchObject({
      reason: 'Confounded',
      mayStayOpen: true,
      message: expect.stringContaining('method'),
    });
    expect(state.worse.blocks).toBe(0);
  });

  it('is not compared where a pod of the canary has much less to do, since an idle pod uses CPU too', () => {
    const source = random(13);
    // 5 ms a request and 0.05 cores without any, alike in both versions; the canary gets one in twenty.
    const pod = (requests: number): PodUse => ({ requests, cores: 0.05 + (0.005 * requests) / 30 });
    const idle = many(60, (index) => {
      const stable = 1000 * Math.exp(0.1 * normal(source));
      return gaugeBlock(index, { c: pod(stable / 20) }, { s: pod(stable) }, LIVE);
    });
    const { process, state } = folded(CPU, idle);
    expect(process.answer(state, { ...ASKED, exposure: 'live' })).toMatchObject({
      reason: 'Confounded',
      message: expect.stringContaining('less than half of the requests'),
    });
    expect(process.against(state)).toBe(0);
  });

  it('waits for thirty requests, however long that takes', () => {
    const pod = { requests: 2, cores: 0.001 };
    const blocks = many(14, (index) => gaugeBlock(index, { c: pod }, { s: pod }));
    expect(folded(CPU, blocks).answer).toMatchObject({
      reason: 'LowTraffic',
      message: '7m with 28 requests of the canary are too few for a block, which takes 1m; at least 3 are needed',
    });
    expect(folded(CPU, [...blocks, ...blocks]).state.worse.blocks).toBe(1);
  });

  it('is taken of pods whose CPU is known for the whole block', () => {
    const steady: PodUse = { requests: 300, cores: 0.1 };
    const starting: PodUse = { requests: 300, cores: 0.1, seconds: 10 };
    const { state } = folded(
      CPU,
      many(2, (index) => gaugeBlock(index, { a: steady, b: starting }, { s: steady })),
    );
    expect(state.proof?.canary).toEqual([6, 600]);
  });

  it('takes requests that callers count for those of all pods', () => {
    const callers = { 'caller-a': { requests: 200 }, 'caller-b': { requests: 100 } };
    const { state } = folded(
      CPU,
      many(2, (index) => gaugeBlock(index, { c: { cores: 0.1 }, ...callers }, { s: { cores: 0.1 }, ...callers })),
    );
    expect(state.proof?.canary).toEqual([6, 600]);
  });
});
