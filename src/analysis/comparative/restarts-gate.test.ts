import { describe, expect, it } from 'vitest';
import { LIVE, MIRRORED, SETTING } from '../../../test/support/compared-blocks.ts';
import { meanOf, poisson } from '../../../test/support/enumeration.ts';
import { failures } from '../../../test/support/seeded-traffic.ts';
import { seededRandom } from '../../lib/random.ts';
import { type Asked, askedToRollBack } from './answer.ts';
import { brief } from './brief.ts';
import type { ExposureSpan } from './exposure.ts';
import type { RestartsGate } from './kinds.ts';
import type { RestartsState } from './restarts-answer.ts';
import { restartsGate } from './restarts-gate.ts';
import type { ComparedUptime } from './seen.ts';

const GATE: RestartsGate = {
  kind: 'restarts',
  name: 'restarts',
  byDefault: true,
  worseBy: { factor: 2, perHour: 1 },
};
const ASKED: Asked = { at: 0, exposure: 'mirrored', fresh: true, weight: 0.1, reached: false, waiting: [] };

/** Half a minute with so many pods and restarts. */
function uptime(
  index: number,
  [pods, count]: readonly [number, number],
  [stablePods, stableCount]: readonly [number, number] = [4, 0],
  span: ExposureSpan = MIRRORED,
): ComparedUptime {
  const canary = { podSeconds: 30 * pods, restarts: count };
  const stable = { podSeconds: 30 * stablePods, restarts: stableCount };
  return { from: index * 30_000, to: (index + 1) * 30_000, span, uptime: { canary, stable } };
}

const quiet = (count: number, span = MIRRORED) =>
  Array.from({ length: count }, (_, index) => uptime(index, [2, 0], [4, 0], span));
const loud = (count: number, span = MIRRORED) =>
  Array.from({ length: count }, (_, index) => uptime(index, [2, index % 3 === 0 ? 1 : 0], [4, 0], span));

function folded(blocks: readonly ComparedUptime[], gate = GATE) {
  const process = restartsGate(gate, SETTING);
  const state = blocks.reduce(process.after, process.start);
  return { process, state, answer: (asked: Partial<Asked> = {}) => process.answer(state, { ...ASKED, ...asked }) };
}

describe('the gate restarts', () => {
  it('passes when a minute of the canary was seen without more restarts than tolerated', () => {
    expect(folded([]).answer().reason).toBe('NoData');
    expect(folded([uptime(0, [1, 0])]).answer()).toMatchObject({
      reason: 'MoreEvidence',
      message: expect.stringContaining('at least 1m of them'),
    });
    expect(folded(quiet(120)).answer()).toMatchObject({
      verdict: 'pass',
      message:
        "canary restarted 0 times in 2h of its pods' time, stable 0 times in 4h; no more than 1 an hour and pod, as far as was seen",
      numbers: { unit: 'perHour', canary: 0, stable: 0, tolerated: 1, requests: { canary: 0, stable: 0 } },
    });
  });

  it('fails when the canary restarts again and again, and stable does not', () => {
    expect(folded(loud(60)).answer()).toMatchObject({
      verdict: 'fail',
      reason: 'Worse',
      message: expect.stringMatching(
        /^canary restarted 20 times in 1h of its pods' time, stable 0 times in 2h; were it within the tolerance, evidence this strong would appear in fewer than 1 of [\d,]+ releases$/,
      ),
    });
  });

  it('waits after one restart until that is no more than tolerated', () => {
    const one = [uptime(0, [2, 1]), ...quiet(20).slice(1)];
    expect(folded(one).answer()).toMatchObject({
      verdict: 'inconclusive',
      reason: 'MoreEvidence',
      message: expect.stringMatching(
        /^canary restarted 1 time in 20m .*: more than 1 an hour and pod, and may be chance; within it after 40m more/,
      ),
    });
    expect(folded([...one, ...quiet(40)]).answer().verdict).toBe('pass');
    expect(folded(one, { ...GATE, worseBy: { factor: 2, perHour: 0 } }).answer()).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringMatching(/may be chance$/),
    });
  });

  it('counts a pod that restarts again and again within a minute once', () => {
    const loop = (index: number, count: number, ms = 30_000): ComparedUptime => {
      const one = uptime(index, [2, count]);
      return {
        ...one,
        to: one.from + ms,
        uptime: { ...one.uptime, canary: { podSeconds: (2 * ms) / 1000, restarts: count } },
      };
    };
    const counted = (one: ComparedUptime) => folded([one]).state.proof?.canary.restarts;
    expect([1, 2, 9].map((count) => counted(loop(0, count)))).toEqual([1, 2, 2]);
    expect(counted(loop(0, 9, 180_000))).toBe(6);
    expect(folded([loop(0, 9)]).process.against(folded([loop(0, 9)]).state)).toBeLessThan(Math.log(100));
  });

  it('compares pods whatever requests they get: of some methods, and nobody knows which of stable', () => {
    const confounded = { ...MIRRORED, methods: ['GET'], confounded: 'no method label' };
    expect(folded(loud(60, confounded)).answer({ confounded: 'no method label' }).verdict).toBe('fail');
    expect(folded(quiet(60, confounded)).answer({ confounded: 'no method label' }).verdict).toBe('pass');
  });

  it('bears what stable does as well', () => {
    const both = Array.from({ length: 60 }, (_, index) =>
      uptime(index, [2, index % 6 === 0 ? 1 : 0], [4, index % 3 === 0 ? 1 : 0]),
    );
    expect(folded(both).answer().verdict).toBe('pass');
  });

  it('leaves a canary alone that restarts as often as tolerated, looked at after each block', () => {
    const wrong = Array.from({ length: 200 }, (_, seed) => {
      const random = seededRandom(seed + 1);
      const process = restartsGate(GATE, SETTING);
      let state = process.start;
      for (let index = 0; index < 240; index += 1) {
        const count = (perHour: number, pods: number) => failures(random, 30 * pods, perHour / 3600);
        state = process.after(state, uptime(index, [2, count(2 * 3 + 1, 2)], [4, count(3, 4)]));
        if ((process.against(state) ?? 0) >= askedToRollBack(1)) return true;
      }
      return false;
    });
    expect(wrong.filter(Boolean).length).toBeLessThanOrEqual(5);
  });

  describe('with max', () => {
    const limited = { ...GATE, max: 2 };

    it('fails a canary above it, in a preview and at 100 % as well, and asks stable the same', () => {
      const preview = { ...MIRRORED, exposure: 'preview' } as const;
      for (const span of [preview, { ...LIVE, share: 1 }])
        expect(folded(loud(60, span), limited).answer({ exposure: span.exposure })).toMatchObject({
          verdict: 'fail',
          reason: 'AboveMax',
          oneSided: true,
          stableFailsToo: false,
          message: expect.stringContaining('were it no more than 2 an hour and pod'),
        });
      expect(folded(loud(60, preview)).answer({ exposure: 'preview' }).verdict).toBe('inconclusive');
    });

    it('says nothing against the canary when stable is above it as well', () => {
      const both = Array.from({ length: 60 }, (_, index) => uptime(index, [2, 1], [4, 2]));
      expect(folded(both, limited).answer()).toMatchObject({ verdict: 'inconclusive', reason: 'Incident' });
      expect(folded(both, limited).process.against(folded(both, limited).state)).toBeLessThan(0);
    });

    it('has a mean of at most 1 at the limit', () => {
      const process = restartsGate({ ...GATE, worseBy: { factor: 1000, perHour: 1000 }, max: 2 }, SETTING);
      const many = (count: number): ComparedUptime => ({
        ...uptime(0, [0, 0], [0, 0]),
        to: 6480,
        uptime: { canary: { podSeconds: 1296, restarts: count }, stable: { podSeconds: 0, restarts: 0 } },
      });
      const mean = meanOf(poisson((2 * 1296) / 3600, 140), (count) =>
        Math.exp(process.against(process.after(process.start, many(count))) ?? 0),
      );
      expect(mean).toBeLessThanOrEqual(1 + 1e-9);
      expect(mean).toBeGreaterThan(0.999);
    });
  });

  it('shows each exposure anew, and keeps its evidence to roll back', () => {
    const { process, state } = folded([uptime(0, [2, 1]), ...quiet(20)]);
    const live = quiet(4, LIVE).reduce(process.after, state);
    expect(process.answer(live, { ...ASKED, exposure: 'live' })).toMatchObject({
      verdict: 'pass',
      numbers: { canary: 0 },
    });
    expect(live.worse.blocks).toBe(25);
  });

  it('stands still at 100 % and in a preview, needs fresh samples, and keeps a fail that was reached', () => {
    const { answer } = folded(quiet(60));
    expect(answer({ frozen: '100 %' })).toMatchObject({ reason: 'Frozen', mayStayOpen: true });
    expect(answer({ exposure: 'preview' }).reason).toBe('NotCompared');
    expect(answer({ fresh: false }).reason).toBe('Stale');
    expect(answer({ reached: true }).verdict).toBe('fail');
  });

  it('goes on from a stored state to the last digit, and is short', () => {
    const blocks = Array.from({ length: 300 }, (_, index) =>
      uptime(index, [2.34567, index % 11 === 0 ? 1 : 0], [17.77777, index % 7 === 0 ? 1 : 0]),
    );
    const gate = { ...GATE, max: 30 };
    const { process, state } = folded(blocks, gate);
    const stored = blocks.reduce(
      (before, one) => JSON.parse(JSON.stringify(process.after(before, one))) as RestartsState,
      process.start,
    );
    expect(stored).toEqual(state);
    expect(JSON.stringify(brief(state)).length).toBeLessThanOrEqual(400);
  });

  it('stays a number with nothing, one silent side and a billion of them', () => {
    const odd = [
      uptime(0, [0, 0], [0, 0]),
      uptime(1, [1e9, 1e9], [1e9, 0]),
      uptime(2, [0, 5], [3, 0]),
      uptime(3, [3, 0], [0, 5]),
    ];
    const { process, state, answer } = folded(odd, { ...GATE, max: 1 });
    expect(Number.isFinite(process.against(state))).toBe(true);
    expect(JSON.stringify([answer(), state])).not.toMatch(/null|NaN/);
    expect(JSON.stringify(folded(odd.slice(0, 1)).answer())).not.toMatch(/null|NaN/);
  });
});
