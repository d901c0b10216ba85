import { describe, expect, it } from 'vitest';
import { errorBlock, latencyBlock, MIRRORED, SETTING } from '../../../test/support/compared-blocks.ts';
import { afterNews, beginComparisons, type Comparisons, type Moment, verdictsOf } from './comparisons.ts';
import type { ComparativeGate } from './kinds.ts';
import { type Measured, measuredAfter } from './measured.ts';

const ERRORS = { kind: 'errors', name: 'errors', byDefault: true, worseBy: { factor: 1, points: 0.002 } } as const;
const LATENCY = {
  kind: 'latency',
  name: 'latency',
  byDefault: true,
  quantile: 0.95,
  worseBy: { factor: 1.2, extraMs: 0 },
} as const;
const BY_CODE = 'http_requests_total{code}';
const BUCKETS = 'http_request_duration_seconds_bucket';
const LATER: Moment = { at: 60_000, exposure: 'mirrored', fresh: true, waiting: {} };

const begun = (measured?: Measured): Comparisons => ({
  ...beginComparisons(SETTING, { errors: { at: 0 }, latency: { at: 0 }, gauges: { at: 0 } }),
  spans: [MIRRORED],
  ...(measured && { measured }),
});

const verdictOf = (gate: ComparativeGate, measured?: Measured, moment: Partial<Moment> = {}) =>
  verdictsOf(begun(measured), [gate], { ...LATER, ...moment })[0];

/** Look after look. */
const measuredBy = (...looks: readonly Parameters<typeof measuredAfter>[1][]): Measured =>
  looks.reduce<Measured>((before, look) => measuredAfter(before, look), {});

describe('a gate whose metric stable has and the canary lacks', () => {
  const errors = measuredBy({ canary: { errors: false }, stable: { errors: BY_CODE } });
  const latency = measuredBy({ canary: { latency: false }, stable: { latency: BUCKETS } });

  it.each([
    ['errors', ERRORS, errors, BY_CODE, 'which of them failed'],
    ['latency', LATENCY, latency, BUCKETS, 'how long they took'],
  ] as const)('%s is in the way, whoever has written it, and says what is missing', (_, gate, measured, by, what) => {
    for (const byDefault of [true, false]) {
      const verdict = verdictOf({ ...gate, byDefault }, measured);
      expect(verdict).toMatchObject({
        verdict: 'inconclusive',
        reason: 'NotMeasured',
        message: `${by} of stable's requests says ${what}, and nothing on the canary's does: let it export the same, from its start on`,
      });
      expect(verdict?.mayStayOpen).toBeUndefined();
    }
  });

  it('is in the way where stable showed it only before the canary, or in an earlier look', () => {
    const before = { stable: { errors: BY_CODE } };
    for (const now of [
      { canary: { errors: false } },
      { canary: { errors: false }, stable: { errors: false } },
    ] as const) {
      const verdict = verdictOf(ERRORS, measuredBy(before, now));
      expect(verdict).toMatchObject({ reason: 'NotMeasured', message: expect.stringContaining(BY_CODE) });
      expect(verdict?.mayStayOpen).toBeUndefined();
    }
  });

  it('is in the way where stable itself has lost it since', () => {
    const lost = measuredBy(
      { stable: { errors: BY_CODE } },
      { canary: { errors: BY_CODE }, stable: { errors: false } },
    );
    const verdict = verdictOf(ERRORS, lost);
    expect(verdict?.message).toBe(`${BY_CODE} of stable's requests said which of them failed, and says it no more`);
    expect(verdict?.mayStayOpen).toBeUndefined();
  });

  it('is compared as soon as the canary has it, and a look without requests changes nothing', () => {
    const found = measuredAfter(errors, { canary: { errors: BY_CODE }, stable: {} });
    expect(verdictOf(ERRORS, found)).toMatchObject({ reason: 'NoData', message: expect.stringContaining('no block') });
    expect(measuredAfter(errors, { canary: {}, stable: {} })).toEqual(errors);
  });

  it('takes no block for good news meanwhile', () => {
    const { block } = errorBlock(0, { a: { requests: 50, errors: 0 } }, { b: { requests: 50, errors: 0 } });
    const look = { blocks: [block], faults: [], waiting: [], cursor: { at: 5000 } };
    expect(afterNews(begun(errors), [ERRORS], { errors: look }).gates).toEqual({});
  });

  it('stands aside where nothing is compared in any case', () => {
    expect(verdictOf(ERRORS, errors, { exposure: 'preview' })).toMatchObject({
      reason: 'NotCompared',
      mayStayOpen: true,
    });
    expect(verdictOf(LATENCY, latency, { frozen: 'all' })).toMatchObject({ reason: 'Frozen', mayStayOpen: true });
  });
});

describe('a gate whose metric stable does not have', () => {
  it('is in the way only of who has written it, and says whose requests do not tell', () => {
    const none = measuredBy({ canary: { errors: false }, stable: { errors: false } });
    expect(verdictOf(ERRORS, none)).toMatchObject({
      reason: 'NotMeasured',
      message: 'nothing on the requests says which of them failed',
      mayStayOpen: true,
    });
    const one = measuredBy({ canary: { errors: BY_CODE }, stable: { errors: false } });
    expect(verdictOf(ERRORS, one)).toMatchObject({
      message: "nothing on stable's requests says which of them failed",
      mayStayOpen: true,
    });
    const noTimes = measuredBy({ canary: { latency: false }, stable: { latency: false } });
    expect(verdictOf(LATENCY, noTimes)).toMatchObject({
      message: 'nothing on the requests says how long they took',
      mayStayOpen: true,
    });
    const written = verdictOf({ ...ERRORS, byDefault: false }, none);
    expect([written?.reason, written?.mayStayOpen]).toEqual(['NotMeasured', undefined]);
  });

  it('is not taken for one whose stable has had no request yet', () => {
    const verdict = verdictOf(ERRORS, measuredBy({ canary: { errors: false }, stable: {} }));
    expect(verdict).toMatchObject({ message: "nothing on the canary's requests says which of them failed" });
    expect(verdict?.mayStayOpen).toBeUndefined();
  });
});

describe('a gate on histograms', () => {
  it('waits for the first answers, and for somebody to look', () => {
    const lacking = measuredBy({ canary: { latency: false }, stable: { latency: BUCKETS } });
    expect(verdictOf(LATENCY, lacking, { at: 5000 })).toMatchObject({ reason: 'NoData' });
    expect(verdictOf(LATENCY)).toMatchObject({ reason: 'NoData' });
    expect(verdictOf(LATENCY)?.mayStayOpen).toBeUndefined();
  });

  it('is in the way where the two histograms have nothing in common', () => {
    const unlike = verdictOf(LATENCY, measuredBy({ canary: { latency: BUCKETS }, stable: { latency: BUCKETS } }));
    expect(unlike).toMatchObject({
      reason: 'NotMeasured',
      message: expect.stringContaining('no bucket edge in common'),
    });
    expect(unlike?.mayStayOpen).toBeUndefined();
  });

  it('is told once, and is then no matter of looks any more', () => {
    const both = measuredBy({ canary: { latency: BUCKETS }, stable: { latency: BUCKETS } });
    const latency = { edges: [10], history: [400, 200], dispersion: 1 };
    const seen = { ...begun(both), setting: { ...SETTING, latency } };
    const { block } = latencyBlock(0, [5, 5], [5, 5]);
    const look = { blocks: [block], faults: [], waiting: [], cursor: { at: 10_000 } };
    const [verdict] = verdictsOf(afterNews(seen, [LATENCY], { latency: look }), [LATENCY], LATER);
    expect(verdict?.evidence.requests).toEqual({ canary: 10, stable: 10 });
  });
});
