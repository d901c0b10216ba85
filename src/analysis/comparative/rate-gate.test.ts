import { describe, expect, it } from 'vitest';
import { drawnErrors, errorBlock, LIVE, MIRRORED, SETTING } from '../../../test/support/compared-blocks.ts';
import { quantilesOf } from '../../../test/support/seeded-traffic.ts';
import { seededRandom } from '../../lib/random.ts';
import type { ErrorCounts } from '../blocks/blocks.ts';
import { ASKED_TO_PROMOTE, type Asked, askedToRollBack } from './answer.ts';
import type { Compared, ExposureSpan } from './exposure.ts';
import type { RateGate } from './kinds.ts';
import { type RateState, rateGate } from './rate-gate.ts';
import type { Setting } from './setting.ts';

const GATE: RateGate = { kind: 'errors', name: 'errors', byDefault: false, worseBy: { factor: 1, points: 0.002 } };
const ASKED: Asked = { at: 0, exposure: 'mirrored', fresh: true, weight: 0.4, reached: false, waiting: [] };

interface Drawn {
  readonly requests?: { readonly canary: number; readonly stable: number };
  readonly span?: ExposureSpan;
  readonly setting?: Setting;
  readonly gate?: RateGate;
}

/** Pairs until it speaks, block by block; undefined when it never does. */
function pairsUntil(
  speaks: (state: RateState, gate: ReturnType<typeof rateGate>) => boolean,
  seed: number,
  rates: { readonly canary: number; readonly stable: number },
  blocks: number,
  { requests = { canary: 5, stable: 5 }, span = MIRRORED, setting = SETTING, gate = GATE }: Drawn = {},
): number | undefined {
  const random = seededRandom(seed);
  const process = rateGate(gate, setting);
  let state = process.start;
  for (let index = 0; index < blocks; index += 1) {
    state = process.after(state, drawnErrors(random, index, requests, rates, span));
    if (speaks(state, process)) return (index + 1) * requests.canary;
  }
  return undefined;
}

const rollsBack = (state: RateState, { against }: ReturnType<typeof rateGate>): boolean =>
  (against(state) ?? 0) >= askedToRollBack(ASKED.weight);
const passes = (state: RateState, { answer }: ReturnType<typeof rateGate>): boolean =>
  answer(state, ASKED).verdict === 'pass';

const runs = (count: number, run: (seed: number) => number | undefined): readonly (number | undefined)[] =>
  Array.from({ length: count }, (_, seed) => run(seed + 1));

/** The state after these blocks. */
function seenAfter(blocks: readonly Compared<ErrorCounts>[], gate = GATE, setting = SETTING) {
  const process = rateGate(gate, setting);
  return { process, state: blocks.reduce((state, block) => process.after(state, block), process.start) };
}

const repeated = (count: number, block: (index: number) => Compared<ErrorCounts>): readonly Compared<ErrorCounts>[] =>
  Array.from({ length: count }, (_, index) => block(index));

describe('the gate errors', () => {
  it('finds 2 % errors beside 0.1 % within 800 mirrored pairs, and 30 % within 45, at the median', () => {
    const found = (rates: { canary: number; stable: number }) =>
      quantilesOf(runs(200, (seed) => pairsUntil(rollsBack, seed, rates, 2000)).map((pairs) => pairs ?? Infinity))
        .median;
    expect(found({ canary: 0.02, stable: 0.001 })).toBeLessThanOrEqual(800);
    expect(found({ canary: 0.3, stable: 0.001 })).toBeLessThanOrEqual(45);
  });

  it('rolls an equal canary back hardly ever, however often it is looked at', () => {
    const equal = { canary: 0.01, stable: 0.01 };
    const wrong = runs(100, (seed) => pairsUntil(rollsBack, seed, equal, 1000)).filter((pairs) => pairs !== undefined);
    expect(wrong.length).toBeLessThanOrEqual(3);
  });

  it('passes an equal canary, and hardly ever one that is as bad as tolerated', () => {
    const setting = { ...SETTING, history: { requests: 20_000, errors: 20 } };
    const options = { requests: { canary: 250, stable: 250 }, setting };
    const passing = (canary: number) =>
      runs(100, (seed) => pairsUntil(passes, seed, { canary, stable: 0.001 }, 120, options)).filter(Boolean).length;
    expect(passing(0.001)).toBeGreaterThanOrEqual(95);
    expect(passing(0.003)).toBeLessThanOrEqual(10);
  });

  it('says it in one sentence, with how seldom chance would look so', () => {
    const bad = repeated(240, (index) =>
      errorBlock(index, { a: { requests: 5, errors: index % 10 === 0 ? 1 : 0 } }, { b: { requests: 5, errors: 0 } }),
    );
    const { process, state } = seenAfter(bad);
    expect(process.answer(state, ASKED)).toMatchObject({
      verdict: 'fail',
      reason: 'Worse',
      message: expect.stringMatching(
        /^canary fails 2 % of requests, stable 0 %; were it within the tolerance, evidence this strong would appear in fewer than 1 of [\d,]+ releases; 1,200 mirrored pairs$/,
      ),
      numbers: { unit: 'share', canary: 0.02, stable: 0, tolerated: 0.002, requests: { canary: 1200, stable: 1200 } },
    });
  });

  it('tells how many requests are still needed, and that traffic is too low when that takes too long', () => {
    const good = (requests: number) =>
      repeated(20, (index) => errorBlock(index, { a: { requests, errors: 0 } }, { b: { requests, errors: 0 } }));
    const some = seenAfter(good(20));
    expect(some.process.answer(some.state, ASKED)).toMatchObject({
      reason: 'MoreEvidence',
      message: expect.stringMatching(/; some 1,[\d,]+ more requests of the canary are needed, .* at the present rate$/),
    });
    const few = seenAfter(good(1));
    expect(few.process.answer(few.state, ASKED)).toMatchObject({ reason: 'LowTraffic' });
    expect(few.process.answer(few.process.start, ASKED)).toMatchObject({ reason: 'NoData' });
  });

  it('is near the tolerance when the canary is, and no number of requests would tell', () => {
    const random = seededRandom(3);
    const near = { canary: 0.0118, stable: 0.01 };
    const { process, state } = seenAfter(
      repeated(400, (index) => drawnErrors(random, index, { canary: 500, stable: 500 }, near)),
    );
    expect(process.answer(state, ASKED)).toMatchObject({ verdict: 'inconclusive', reason: 'NearTolerance' });
  });

  it('blames one pod when nothing speaks against the others', () => {
    const blocks = repeated(60, (index) =>
      errorBlock(
        index,
        { good: { requests: 20, errors: 0 }, bad: { requests: 20, errors: 6 }, fine: { requests: 20, errors: 0 } },
        { b: { requests: 60, errors: 0 } },
      ),
    );
    const { process, state } = seenAfter(blocks);
    expect(process.answer(state, ASKED)).toMatchObject({
      verdict: 'fail',
      reason: 'PodLocalised',
      message: expect.stringContaining('only pod bad is worse'),
    });
    const all = repeated(60, (index) =>
      errorBlock(
        index,
        { one: { requests: 20, errors: 6 }, two: { requests: 20, errors: 5 } },
        { b: { requests: 60, errors: 0 } },
      ),
    );
    const whole = seenAfter(all);
    expect(whole.process.answer(whole.state, ASKED)).toMatchObject({ verdict: 'fail', reason: 'Worse' });
  });

  it('blames one pod only where the others had requests that speak for them', () => {
    const beside = (requests: number) => {
      const pods = { bad: { requests: 200, errors: 20 }, other: { requests, errors: 0 } };
      return seenAfter(repeated(30, (index) => errorBlock(index, pods, { b: { requests: 200, errors: 0 } })));
    };
    const reasonOf = ({ process, state }: ReturnType<typeof beside>) => process.answer(state, ASKED).reason;
    expect([0, 0.5, 5].map((requests) => reasonOf(beside(requests)))).toEqual(['Worse', 'Worse', 'PodLocalised']);
    const { process, state } = beside(0);
    const old = Object.fromEntries(
      Object.entries(state.without ?? {}).map(([pod, { own: _, ...rest }]) => [pod, rest]),
    );
    expect(reasonOf({ process, state: { ...state, without: old } })).toBe('Worse');
  });

  it('counts a copy without an answer as failed, and leaves out a caller who gave up', () => {
    const hangs = repeated(40, (index) =>
      errorBlock(
        index,
        { a: { requests: 20, errors: 0, unanswered: 10 } },
        { b: { requests: 20, errors: 0, unanswered: 10 } },
      ),
    );
    const copies = seenAfter(hangs);
    expect(copies.process.answer(copies.state, ASKED)).toMatchObject({
      verdict: 'fail',
      numbers: { canary: 0.5, stable: 0 },
    });
    const live = seenAfter(hangs.map(({ block }) => ({ block, span: LIVE })));
    expect(live.process.answer(live.state, { ...ASKED, exposure: 'live' })).toMatchObject({
      verdict: 'inconclusive',
      numbers: { canary: 0, requests: { canary: 400 } },
    });
  });

  describe('with max', () => {
    const limited: RateGate = { ...GATE, max: 0.01 };
    const failing = (canary: number, stable: number) =>
      repeated(60, (index) =>
        errorBlock(index, { a: { requests: 50, errors: canary } }, { b: { requests: 50, errors: stable } }),
      );

    it('fails a canary that is above it, and says that it was the limit', () => {
      const { process, state } = seenAfter(failing(1.5, 0.45), limited);
      expect(process.answer(state, ASKED)).toMatchObject({
        verdict: 'fail',
        reason: 'AboveMax',
        message: expect.stringContaining('were it no more than 1 %, evidence this strong'),
        stableFailsToo: false,
      });
    });

    it('says nothing against the canary when stable is above it as well', () => {
      const { process, state } = seenAfter(failing(3, 3), limited);
      expect(process.answer(state, ASKED)).toMatchObject({
        verdict: 'inconclusive',
        reason: 'Incident',
        message: expect.stringMatching(
          /above 1 %; .* pairs; stable is above it too: something else is wrong, or `max` is too low$/,
        ),
      });
      // No number of requests would do.
      expect(process.answer(state, ASKED).numbers).not.toHaveProperty('needed');
      expect(process.against(state)).toBeLessThan(0);
    });

    it('takes a single failure of each for chance, and no incident', () => {
      const few = [errorBlock(0, { a: { requests: 20, errors: 1 } }, { b: { requests: 20, errors: 1 } })];
      const { process, state } = seenAfter(few, limited);
      expect(process.answer(state, ASKED)).toMatchObject({ verdict: 'inconclusive', reason: 'MoreEvidence' });
    });

    it('rolls back a canary that is worse than stable in an incident of both, by the tolerance', () => {
      const { process, state } = seenAfter(failing(20, 3), limited);
      expect(process.answer(state, ASKED)).toMatchObject({ verdict: 'fail', reason: 'Worse' });
    });

    it('says nothing against the canary when an incident of both is over, whoever has more traffic then', () => {
      const incident = failing(3, 3);
      const { process, state } = seenAfter(incident, limited);
      const live = repeated(200, (index) =>
        errorBlock(100 + index, { a: { requests: 5, errors: 0 } }, { b: { requests: 500, errors: 0 } }, LIVE),
      );
      const evidence = live.reduce<{ state: RateState; most: number }>(
        (before, block) => {
          const after = process.after(before.state, block);
          return { state: after, most: Math.max(before.most, process.against(after) ?? 0) };
        },
        { state, most: -Infinity },
      );
      expect(evidence.most).toBeLessThan(0);
    });

    it('never passes a canary above it, and says so of one below', () => {
      const generous: RateGate = { ...limited, worseBy: { factor: 1, points: 0.1 } };
      const above = seenAfter(failing(0.6, 0.4), generous);
      expect(above.process.answer(above.state, ASKED)).toMatchObject({
        verdict: 'inconclusive',
        reason: 'MoreEvidence',
        message: expect.stringContaining('above 1 %, and may be chance'),
      });
      // That it is no worse is shown; that it is below `max` no number of requests is promised to.
      const { inFavour, ...numbers } = above.process.answer(above.state, ASKED).numbers;
      expect(inFavour?.logEvidence).toBeGreaterThan(ASKED_TO_PROMOTE);
      expect(numbers).not.toHaveProperty('needed');
      const below = seenAfter(failing(0.2, 0.2), generous);
      expect(below.process.answer(below.state, ASKED)).toMatchObject({
        verdict: 'pass',
        message: expect.stringContaining('of requests, stable 0.4 %, no more than 1 %; were it worse'),
        numbers: { needed: 0 },
      });
    });

    it('holds in a preview and at 100 %, where nothing is compared', () => {
      for (const span of [
        { exposure: 'preview', share: 0, from: 0 },
        { exposure: 'live', share: 1, from: 0 },
      ] as const) {
        const { process, state } = seenAfter(
          failing(5, 0).map(({ block }) => ({ block, span })),
          limited,
        );
        expect(process.answer(state, { ...ASKED, exposure: span.exposure })).toMatchObject({
          verdict: 'fail',
          reason: 'AboveMax',
          oneSided: true,
        });
      }
    });
  });

  describe('where only some methods are copied, and nothing tells which of the requests of stable these were', () => {
    const span: ExposureSpan = { ...MIRRORED, share: 0.5, confounded: 'only GET' };
    const asked: Asked = { ...ASKED, confounded: 'only GET' };
    const seen = (canaryErrors: number, stableErrors: number, count = 100) =>
      seenAfter(
        repeated(count, (index) =>
          errorBlock(
            index,
            { a: { requests: 20, errors: canaryErrors } },
            { b: { requests: 500, errors: stableErrors } },
            span,
          ),
        ),
      );

    it('finds a canary that is worse though all errors of stable were among these', () => {
      const { process, state } = seen(4, 1);
      expect(process.answer(state, asked)).toMatchObject({
        verdict: 'fail',
        reason: 'Worse',
        message: expect.stringMatching(
          /^canary fails 20 % of 2,000 copies, stable at worst 2.5 % of their originals; /,
        ),
      });
    });

    it('says nothing against one that may be as good, and never that it is good', () => {
      for (const [canary, stable] of [
        [0.5, 1],
        [0, 0],
      ] as const) {
        const { process, state } = seen(canary, stable, 2000);
        expect(process.answer(state, asked)).toMatchObject({ verdict: 'inconclusive', reason: 'Confounded' });
      }
    });
  });

  it('shows each exposure anew, and keeps its evidence to roll back', () => {
    const setting = { ...SETTING, history: { requests: 20_000, errors: 20 } };
    const copies = repeated(60, (index) =>
      errorBlock(index, { a: { requests: 100, errors: 0 } }, { b: { requests: 100, errors: 0 } }),
    );
    const { process, state } = seenAfter(copies, GATE, setting);
    expect(process.answer(state, ASKED).verdict).toBe('pass');
    const live = errorBlock(0, { a: { requests: 5, errors: 1 } }, { b: { requests: 95, errors: 0 } }, LIVE);
    const next = process.after(state, live);
    expect(process.answer(next, { ...ASKED, exposure: 'live' })).toMatchObject({
      verdict: 'inconclusive',
      numbers: { requests: { canary: 5, stable: 95 } },
    });
    expect(next.worse.blocks).toBe(61);
  });

  it('goes on from a stored state to the last digit', () => {
    const random = seededRandom(7);
    const blocks = repeated(80, (index) =>
      drawnErrors(random, index, { canary: 30, stable: 40 }, { canary: 0.02, stable: 0.01 }),
    );
    const { process, state } = seenAfter(blocks);
    const stored = blocks.reduce<RateState>(
      (before, block) => process.after(JSON.parse(JSON.stringify(before)) as RateState, block),
      process.start,
    );
    expect(JSON.parse(JSON.stringify(stored))).toEqual(JSON.parse(JSON.stringify(state)));
    expect(JSON.stringify(state).length).toBeLessThan(1700);
  });

  it('stays a number with no errors, no requests, one silent side and a billion of them', () => {
    const odd = [
      errorBlock(0, { a: { requests: 0, errors: 0 } }, { b: { requests: 0, errors: 0 } }),
      errorBlock(1, { a: { requests: 1e9, errors: 1e9 } }, { b: { requests: 1e9, errors: 0 } }),
      errorBlock(2, {}, { b: { requests: 1e9, errors: 1e9 } }),
      errorBlock(3, { a: { requests: 7, errors: 7 } }, {}),
    ];
    const { process, state } = seenAfter(odd, { ...GATE, max: 0.01 });
    expect(Number.isFinite(process.against(state))).toBe(true);
    expect(JSON.stringify(process.answer(state, ASKED))).not.toContain('null');
  });
});
