import { describe, expect, it } from 'vitest';
import { errorBlock, latencyBlock, MIRRORED, SETTING } from '../../../test/support/compared-blocks.ts';
import { every, steady } from '../../../test/support/raw-series.ts';
import { commonEdges, type DataQuality, type Look, latencyBlocks, timingOf } from '../blocks/blocks.ts';
import { afterNews, beginComparisons, type Comparisons, type Moment, type News, verdictsOf } from './comparisons.ts';
import type { ComparativeGate } from './kinds.ts';

const LATENCY: ComparativeGate = {
  kind: 'latency',
  name: 'latency',
  byDefault: true,
  quantile: 0.95,
  worseBy: { factor: 1.2, extraMs: 0 },
};
const ERRORS: ComparativeGate = {
  kind: 'errors',
  name: 'errors',
  byDefault: true,
  worseBy: { factor: 1, points: 0.01 },
};
const GATES = [ERRORS, LATENCY];
const FAST = [900, 80, 20];
const MOMENT: Moment = { at: 0, exposure: 'mirrored', fresh: true, waiting: {} };

const begun = (): Comparisons => ({
  ...beginComparisons(
    { ...SETTING, latency: { edges: [10, 50], history: FAST, dispersion: 1 } },
    { errors: { at: 0 }, latency: { at: 0 }, gauges: { at: 0 } },
  ),
  spans: [MIRRORED],
});

const fault = (index: number, pod = 'late'): DataQuality => ({
  version: 'canary',
  pod,
  from: index * 10_000,
  to: (index + 1) * 10_000,
  reason: 'bucketsFall',
  found: '10 requests up to 10, 0 up to 50',
});

const latencyNews = (look: Partial<Pick<Look<never>, 'faults'>> & { readonly good?: readonly number[] }): News => ({
  latency: {
    blocks: (look.good ?? []).map((index) => latencyBlock(index, FAST, FAST).block),
    faults: look.faults ?? [],
    waiting: [],
    cursor: { at: 0 },
  },
});

const lookedAt = (looks: readonly News[], from = begun()): Comparisons =>
  looks.reduce((seen, news) => JSON.parse(JSON.stringify(afterNews(seen, GATES, news))) as Comparisons, from);
const latencyOf = (seen: Comparisons, moment: Partial<Moment> = {}) =>
  verdictsOf(seen, GATES, { ...MOMENT, ...moment })[1];
const oneTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('blocks that are all faulty', () => {
  it('are told by the gate that they are for, with the pod, what was found, and since when', () => {
    const seen = lookedAt([
      latencyNews({ good: [0] }),
      latencyNews({ faults: [fault(1), fault(2)] }),
      latencyNews({}),
      latencyNews({ faults: [fault(3, 'later')] }),
    ]);
    expect(latencyOf(seen, { at: 50_000 })).toMatchObject({
      verdict: 'inconclusive',
      reason: 'NoData',
      message:
        "nothing could be compared for 40s, since pod later of the canary's has a histogram that falls, as one with other buckets than the other pods': 10 requests up to 10, 0 up to 50",
    });
    const [errors] = verdictsOf(seen, GATES, MOMENT);
    expect(errors?.message).toContain('no block');
  });

  it('are told as long as no good one has come, and no longer', () => {
    const bad = lookedAt([latencyNews({ faults: [fault(0)] })]);
    expect(latencyOf(bad)?.message).toContain('pod late');
    const mended = lookedAt([latencyNews({ good: [1] })], bad);
    expect([latencyOf(mended)?.reason, mended.faulty]).toEqual(['MoreEvidence', undefined]);
    const inOneLook = lookedAt([latencyNews({ good: [1, 3], faults: [fault(0), fault(2)] })]);
    expect(inOneLook.faulty).toBeUndefined();
    const again = lookedAt([latencyNews({ good: [1], faults: [fault(0), fault(2), fault(3)] })]);
    expect(again.faulty?.latency?.since).toBe(20_000);
  });

  it('leave a pass that was reached, which says so too, and never make one', () => {
    const passed = lookedAt([latencyNews({ good: oneTo(20) })]);
    expect(latencyOf(passed)?.verdict).toBe('pass');
    const since = lookedAt([latencyNews({ faults: [fault(20)] })], passed);
    expect(latencyOf(since)).toMatchObject({ verdict: 'pass', message: expect.stringContaining('; nothing could be') });
    const live = latencyOf(since, { exposure: 'live' });
    expect(live).toMatchObject({ verdict: 'inconclusive', reason: 'NoData', message: expect.stringContaining('pod') });
    const never = lookedAt([latencyNews({ faults: oneTo(20).map((index) => fault(index)) })]);
    expect(latencyOf(never)?.verdict).toBe('inconclusive');
  });

  it('are no matter where nothing is compared in any case, or samples are stale', () => {
    const bad = lookedAt([latencyNews({ faults: [fault(0)] })]);
    expect(latencyOf(bad, { exposure: 'preview' })?.reason).toBe('NotCompared');
    expect(latencyOf(bad, { fresh: false })?.reason).toBe('Stale');
  });

  it('take nothing away from a fail, and few bytes of a status', () => {
    const blocks = oneTo(20).map(
      (index) => errorBlock(index, { a: { requests: 50, errors: 20 } }, { b: { requests: 50, errors: 0 } }).block,
    );
    const failed = lookedAt([{ errors: { blocks, faults: [], waiting: [], cursor: { at: 0 } } }]);
    const faults = oneTo(500).map((index): DataQuality => ({ ...fault(index + 20), reason: 'errorsAboveRequests' }));
    const seen = lookedAt([{ errors: { blocks: [], faults, waiting: [], cursor: { at: 0 } } }], failed);
    expect(verdictsOf(seen, GATES, MOMENT)[0]).toMatchObject({ verdict: 'fail', reason: 'Worse' });
    expect(JSON.stringify(seen).length - JSON.stringify(failed).length).toBeLessThan(200);
  });

  it('are those of a pod that comes with other buckets than the versions had', () => {
    const times = every(5, 0, 120);
    const histogram = (pod: string, les: readonly string[], at = times) =>
      les.map((le, place) => steady(pod, at, 10 * (place + 1), { le }));
    const samples = (...buckets: readonly ReturnType<typeof histogram>[]) => ({
      buckets: buckets.flat(),
      up: [],
      pods: [],
    });
    const stable = samples(histogram('s', ['10', '50', '+Inf']));
    const canary = histogram('c', ['10', '50', '+Inf']);
    const edges = commonEdges({ canary: samples(canary), stable });
    const both = samples(canary, histogram('other', ['10', '20', '+Inf'], every(5, 60, 120)));
    const reading = { timing: timingOf(5000), attemptBegan: -1e7, warmUpMs: 0, lengthMs: 10_000, edges };
    const latency = latencyBlocks({ at: 0 }, { canary: both, stable }, reading, 120_000);
    const seen = afterNews(begun(), GATES, { latency });
    expect(latencyOf(seen, { at: 120_000 })?.message).toMatch(
      /^nothing could be compared for .*pod other of the canary/,
    );
  });
});
