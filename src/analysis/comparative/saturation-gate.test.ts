import { describe, expect, it } from 'vitest';
import { LIVE, MIRRORED } from '../../../test/support/compared-blocks.ts';
import { gaugeBlock, type PodUse } from '../../../test/support/compared-gauges.ts';
import type { OfVersions } from '../blocks/blocks.ts';
import type { Asked } from './answer.ts';
import type { ExposureSpan } from './exposure.ts';
import type { SaturationGate } from './kinds.ts';
import { saturationGate } from './saturation-gate.ts';
import type { Limits } from './seen.ts';

const GATE: SaturationGate = { kind: 'saturation', name: 'saturation', byDefault: true, max: 0.8 };
const ASKED: Asked = { at: 0, exposure: 'mirrored', fresh: true, weight: 0, reached: false, waiting: [] };
const MIB = 2 ** 20;
const LIMITS: Limits = { cpuCores: 2, memoryBytes: 512 * MIB };
const BOTH: OfVersions<Limits> = { canary: LIMITS, stable: LIMITS };

interface Blocks {
  readonly gate?: SaturationGate;
  readonly limits?: OfVersions<Limits>;
  readonly span?: ExposureSpan;
}

/** One pod each, in cores; blocks one after the other. */
function seen(uses: readonly (readonly [canary: PodUse, stable: PodUse])[], options: Blocks = {}) {
  const { gate = GATE, limits = BOTH, span = MIRRORED } = options;
  const process = saturationGate(gate);
  const state = uses.reduce(
    (before, [canary, stable], index) =>
      process.after(before, { ...gaugeBlock(index, { c: canary }, { s: stable }, span), limits }),
    process.start,
  );
  return { process, state, answer: (asked: Partial<Asked> = {}) => process.answer(state, { ...ASKED, ...asked }) };
}

const cores = (canary: number, stable = 0.4) => [{ cores: canary }, { cores: stable }] as const;
const CALM = cores(0.6);
const HOT = cores(1.9);

describe('the gate saturation', () => {
  it('passes when three blocks are known and the last is within', () => {
    expect(seen([CALM, CALM]).answer()).toMatchObject({ verdict: 'inconclusive', reason: 'MoreEvidence' });
    expect(seen([CALM, CALM, CALM]).answer()).toMatchObject({
      verdict: 'pass',
      reason: 'Passed',
      oneSided: true,
      message: 'canary uses 30 % of its CPU limit; stable 20 % of its CPU limit: no more than 80 %',
      numbers: { unit: 'share', canary: 0.3, stable: 0.2, max: 0.8 },
    });
  });

  it('fails after three blocks running above max, and not before', () => {
    expect(seen([CALM, CALM, HOT, HOT]).answer()).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('above 80 %, and may be brief; 2 of 3 blocks'),
    });
    expect(seen([CALM, CALM, HOT, HOT, CALM, HOT]).answer().verdict).toBe('inconclusive');
    expect(seen([CALM, CALM, HOT, HOT, HOT]).answer()).toMatchObject({
      verdict: 'fail',
      reason: 'AboveMax',
      oneSided: true,
      stableFailsToo: false,
      message: 'canary uses 95 % of its CPU limit; stable 20 % of its CPU limit: above 80 % for 3 blocks running',
    });
  });

  it('passes again when a peak is over', () => {
    expect(seen([HOT, HOT, HOT, CALM]).answer().verdict).toBe('pass');
  });

  it('asks stable the same, and says when that cannot be asked', () => {
    const both = cores(1.9, 1.8);
    expect(seen([both, both, both]).answer()).toMatchObject({ verdict: 'inconclusive', reason: 'Incident' });
    // The incident has reached stable a block later.
    expect(seen([HOT, both, both]).answer()).toMatchObject({ verdict: 'inconclusive', reason: 'Incident' });
    expect(seen([both, both, both, HOT]).answer()).toMatchObject({ verdict: 'fail', stableFailsToo: false });
    const alone = seen([HOT, HOT, HOT], { limits: { canary: LIMITS, stable: {} } }).answer();
    expect([alone.verdict, 'stableFailsToo' in alone]).toEqual(['fail', false]);
  });

  it('judges memory as well as CPU, whichever is nearer to its limit, and the gate cpu that alone', () => {
    const full = [
      { cores: 0.2, bytes: 480 * MIB },
      { cores: 0.2, bytes: 200 * MIB },
    ] as const;
    expect(seen([full, full, full]).answer()).toMatchObject({
      verdict: 'fail',
      message: expect.stringContaining('canary uses 10 % of its CPU limit and 94 % of its memory limit'),
    });
    expect(seen([full, full, full], { gate: { ...GATE, kind: 'cpu' } }).answer().verdict).toBe('pass');
  });

  it('judges the worst of several pods, and none that was hardly there', () => {
    const process = saturationGate(GATE);
    const hottest = (pods: Readonly<Record<string, PodUse>>) =>
      [0, 1, 2].reduce(
        (state, index) => process.after(state, { ...gaugeBlock(index, pods, { s: { cores: 1 } }), limits: BOTH }),
        process.start,
      );
    const one = hottest({ a: { cores: 0.5 }, b: { cores: 0.5 }, c: { cores: 1.8 } });
    expect(process.answer(one, ASKED)).toMatchObject({
      verdict: 'fail',
      message: expect.stringContaining('canary uses 47 % of its CPU limit (one pod 90 %)'),
      numbers: { canary: 0.9 },
    });
    const starting = hottest({ a: { cores: 0.5 }, b: { cores: 0.5 }, c: { cores: 1.8, seconds: 10 } });
    expect(process.answer(starting, ASKED).verdict).toBe('pass');
  });

  it('compares with stable where that is asked, on average and not at 100 %', () => {
    const gate = { ...GATE, worseBy: { points: 0.1 } };
    const more = [cores(0.7), cores(0.7), cores(0.7)];
    expect(seen(more, { gate }).answer()).toMatchObject({
      verdict: 'fail',
      reason: 'Worse',
      oneSided: false,
      message: expect.stringMatching(/more than 10 pp above stable for 3 blocks running$/),
      numbers: { tolerated: expect.closeTo(0.3, 9) },
    });
    expect(seen(more.slice(1), { gate }).answer().verdict).toBe('inconclusive');
    const whole = { ...LIVE, share: 1 };
    expect(seen(more, { gate, span: whole }).answer({ exposure: 'live', frozen: '100 %' }).verdict).toBe('pass');
    expect(seen(more, { gate }).answer({ exposure: 'mirrored', frozen: '100 %' }).verdict).not.toBe('fail');
    const confounded = { ...MIRRORED, confounded: 'no method label' };
    expect(seen(more, { gate, span: confounded }).answer({ confounded: 'no method label' }).reason).toBe('Worse');
    const preview = { ...MIRRORED, exposure: 'preview' } as const;
    expect(seen(more, { gate, span: preview }).answer({ exposure: 'preview' }).verdict).toBe('pass');
  });

  it('holds in a preview and at 100 %, also when stable is gone', () => {
    for (const [exposure, share, frozen] of [
      ['preview', 0, undefined],
      ['live', 1, '100 %'],
    ] as const) {
      const hot = [{ cores: 1.9 }, {}] as const;
      const asked = { exposure, fresh: frozen === undefined, ...(frozen && { frozen }) };
      const span = { ...LIVE, exposure, share };
      expect(seen([hot, hot, hot], { span }).answer(asked)).toMatchObject({ verdict: 'fail', oneSided: true });
      const calm = [{ cores: 0.1 }, {}] as const;
      expect(seen([calm, calm, calm], { span }).answer(asked).verdict).toBe('pass');
    }
  });

  it('asks for three blocks of each exposure', () => {
    expect(seen([CALM, CALM, CALM]).answer({ exposure: 'live' })).toMatchObject({ reason: 'NoData' });
    const { process, state } = seen([CALM, CALM, CALM]);
    const live = process.after(state, { ...gaugeBlock(3, { c: { cores: 1 } }, { s: {} }, LIVE), limits: BOTH });
    expect(process.answer(live, { ...ASKED, exposure: 'live' })).toMatchObject({
      reason: 'MoreEvidence',
      message: expect.stringContaining('1 of 3 blocks'),
    });
  });

  it('is not measured without limits or without samples, and is then in the way only of who has written it', () => {
    const bare = seen([CALM, CALM, CALM], { limits: { canary: {}, stable: {} } });
    expect(bare.answer()).toMatchObject({
      reason: 'NotMeasured',
      mayStayOpen: true,
      message: expect.stringContaining("no limit of the canary's containers is known"),
    });
    const silent = [{}, {}] as const;
    const written = seen([silent, silent, silent], { gate: { ...GATE, byDefault: false } }).answer();
    expect(written).toMatchObject({ reason: 'NotMeasured', message: expect.stringContaining('no samples') });
    expect(written.mayStayOpen).toBeUndefined();
    expect(seen([silent, silent]).answer().reason).toBe('NoData');
  });

  it('is in the way whoever has written it where stable has samples and the canary has none', () => {
    const alone = [{}, { cores: 0.4 }] as const;
    const answer = seen([alone, alone, alone]).answer();
    expect(answer).toMatchObject({ verdict: 'inconclusive', reason: 'NotMeasured' });
    expect(answer.message).toContain("no samples of what the canary's pods use have come for 3 blocks running, and of");
    expect(answer.mayStayOpen).toBeUndefined();
    const silent = [{}, {}] as const;
    expect(seen([CALM, silent, silent, silent]).answer().mayStayOpen).toBeUndefined();
    expect(seen([silent, silent, silent]).answer().mayStayOpen).toBe(true);
  });

  it('bears a lost scrape or two, and does not know for ever what it has seen once', () => {
    const silent = [{}, {}] as const;
    expect(seen([HOT, HOT, silent, silent, HOT]).answer().verdict).toBe('fail');
    expect(seen([CALM, CALM, CALM, silent, silent]).answer().verdict).toBe('pass');
    expect(seen([CALM, CALM, CALM, silent, silent, silent]).answer().reason).toBe('NotMeasured');
    expect(seen([HOT, HOT, silent, silent, silent, HOT]).answer().verdict).toBe('inconclusive');
  });

  it('says nothing when nobody gets to the canary, and when samples are stale', () => {
    expect(seen([CALM, CALM, CALM]).answer({ exposure: 'none' })).toMatchObject({
      reason: 'NotCompared',
      mayStayOpen: true,
    });
    expect(seen([CALM, CALM, CALM]).answer({ fresh: false }).reason).toBe('Stale');
  });

  it('gathers no evidence, goes on from a stored state, and is short', () => {
    const uses = Array.from(
      { length: 9 },
      (_, index) =>
        [
          { cores: 0.3 + 0.07 * index, bytes: (100 + 37 * index) * MIB },
          { cores: 0.31, bytes: 111_111_111 },
        ] as const,
    );
    const { process, state } = seen(uses);
    expect(process.against(state)).toBeUndefined();
    const stored = uses.reduce(
      (before, [canary, stable], index) =>
        JSON.parse(
          JSON.stringify(process.after(before, { ...gaugeBlock(index, { c: canary }, { s: stable }), limits: BOTH })),
        ) as typeof state,
      process.start,
    );
    expect(stored).toEqual(state);
    expect(JSON.stringify(state).length).toBeLessThanOrEqual(400);
  });

  it('stays a number with nothing, a limit of zero and a billion of everything', () => {
    const odd = [
      [{ cores: 0, bytes: 0 }, {}],
      [
        { cores: 1e9, bytes: 1e18 },
        { cores: 1e9, bytes: 1e18 },
      ],
      [{ cores: 1e-9 }, { cores: 0 }],
    ] as const;
    for (const limits of [LIMITS, { cpuCores: 0, memoryBytes: 0 }, { cpuCores: 1e9 }]) {
      const { answer } = seen(odd, { limits: { canary: limits, stable: limits } });
      expect(JSON.stringify(answer())).not.toMatch(/null|NaN/);
    }
  });
});
