import { describe, expect, it } from 'vitest';
import { every, podLabels, rawSeries, steady, upAt } from '../../../test/support/raw-series.ts';
import type { SeriesData } from '../../series/series.ts';
import { ERRORS, type ErrorCursor, type ErrorReading, type ErrorSamples, errorBlocks, withoutPod } from './blocks.ts';
import type { Reading } from './closing.ts';
import { blockLengthOf, onGrid, readFrom, timingOf } from './timing.ts';

const timing = timingOf(5000);
const READING: Reading = { timing, attemptBegan: 0, warmUpMs: 0, lengthMs: blockLengthOf('errors', timing) };
const NOBODY: ErrorSamples = { requests: [], errors: [], up: [], pods: [] };

/** 10 requests a scrape, scraped at these times. */
const arm = (pod: string, seconds: readonly number[], more: Partial<ErrorSamples> = {}): ErrorSamples => ({
  ...NOBODY,
  requests: [steady(pod, seconds, 10, { code: '200' })],
  ...more,
});

const look = (
  canary: ErrorSamples,
  stable: ErrorSamples,
  to: number,
  cursor: ErrorCursor = { at: 0 },
  reading: ErrorReading = READING,
) => errorBlocks(cursor, { canary, stable }, reading, to * 1000);

const spans = ({ blocks }: ReturnType<typeof look>) => blocks.map(({ from, to }) => [from / 1000, to / 1000]);

const regular = every(5, 0, 60);

describe('a block', () => {
  it('closes when every target of both versions has a sample at or after its end', () => {
    const canary = arm('c', [0, 5, 10, 15]);
    expect(spans(look(canary, arm('s', [2, 7, 12]), 16))).toEqual([
      [0, 5],
      [5, 10],
    ]);
    expect(spans(look(canary, arm('s', [0, 5, 10, 15]), 15))).toEqual([
      [0, 5],
      [5, 10],
      [10, 15],
    ]);
  });

  it('counts both versions in the same time, though they are scraped at other times', () => {
    const [block] = look(arm('c', [-5, 0, 5]), arm('s', [-3, 2, 7]), 7).blocks;
    expect(block?.canary).toMatchObject({ requests: 10, errors: 0, podSeconds: 5 });
    expect(block?.stable.requests).toBeCloseTo(10, 5);
  });

  it.each([4, 12, 27, 44])('loses no error of a series that always comes %i s behind the others', (late) => {
    const long = every(5, 0, 300);
    const upTo = (series: SeriesData, second: number): SeriesData => {
      const end = series.times.findLastIndex((time) => time <= second * 1000) + 1;
      return { ...series, times: series.times.subarray(0, end), values: series.values.subarray(0, end) };
    };
    const [ok, bad] = [steady('c', long, 10, { code: '200' }), steady('c', long, 3, { code: '503' })];
    const stable = steady('s', long, 10);
    let [blocks, counted] = [0, 0];
    let cursor: ErrorCursor = { at: 0 };
    for (let now = 1; now <= 400; now++) {
      const errors = upTo(bad, now - late);
      const canary = { ...NOBODY, requests: [upTo(ok, now), errors], errors: [errors] };
      const told = look(canary, { ...NOBODY, requests: [upTo(stable, now)] }, now, cursor);
      cursor = told.cursor;
      blocks += told.blocks.length;
      counted += told.blocks.reduce((sum, block) => sum + block.canary.errors, 0);
    }
    expect(blocks).toBe(60);
    // Those that had closed before it was first seen are lost: there was no such series.
    expect(counted).toBeGreaterThanOrEqual(3 * (59 - late / 5));
  });

  it('has the counts of each pod, and can be had without one of them', () => {
    const bad = { requests: [steady('c2', regular, 10)], errors: [steady('c2', regular, 4)] };
    const canary = { ...arm('c1', regular), errors: bad.errors };
    const both = { ...canary, requests: [...canary.requests, ...bad.requests] };
    const [block] = look(both, arm('s', regular), 5).blocks;
    expect(block?.canary).toEqual({
      requests: 20,
      errors: 4,
      podSeconds: 10,
      pods: {
        c1: { requests: 10, errors: 0, podSeconds: 5 },
        c2: { requests: 10, errors: 4, podSeconds: 5 },
      },
    });
    const without = block && withoutPod(block, 'canary', 'c2', ERRORS.sum);
    expect(without?.canary).toMatchObject({ requests: 10, errors: 0, podSeconds: 5 });
    expect(without?.stable).toBe(block?.stable);
  });

  it('counts errors from zero where they appear after the target was scraped', () => {
    const bad = rawSeries(podLabels('c', { code: '500' }), [10, 3], [15, 3]);
    const canary = arm('c', every(5, 0, 15), { errors: [bad] });
    const counted = look({ ...canary, requests: [...canary.requests, bad] }, arm('s', regular), 15).blocks;
    expect(counted.map(({ canary: { requests, errors } }) => [requests, errors])).toEqual([
      [10, 0],
      [13, 3],
      [10, 0],
    ]);
  });

  it('says whose counters began anew in it, so that some of what they counted is lost', () => {
    const reset = rawSeries(podLabels('c2', { code: '200' }), [0, 10], [5, 20], [10, 4], [15, 14]);
    const canary = arm('c1', regular, { requests: [steady('c1', regular, 10), reset] });
    const { blocks } = look(canary, arm('s', regular), 15);
    expect(blocks.map(({ canary: { anew, requests } }) => [anew, requests])).toEqual([
      [undefined, 20],
      [true, 14],
      [undefined, 20],
    ]);
    expect(blocks[1]?.canary.pods).toMatchObject({ c2: { requests: 4, anew: true } });
    expect(blocks[1]?.canary.pods['c1']).not.toHaveProperty('anew');
    expect(blocks[1]?.stable.anew).toBeUndefined();
  });

  it('says what failed between the scrapes around its ends, where that is asked for', () => {
    const failing = { errors: [steady('c', [-3, 2, 7, 12], 5)] };
    const canary = arm('c', [-3, 2, 7, 12], failing);
    const reading = { ...READING, ends: true } as const;
    const [block] = look(canary, arm('s', regular), 7, { at: 0 }, reading).blocks;
    // Five between −3 and 2, three of them before 0; five between 2 and 7, three of them before 5.
    expect(block?.canary.ends).toMatchObject({
      from: { before: { errors: 3 }, after: { errors: 2 } },
      to: { before: { errors: 3 }, after: { errors: 2 } },
    });
    expect(block?.stable.ends).toBeUndefined();
    expect(look(canary, arm('s', regular), 7).blocks[0]?.canary.ends).toBeUndefined();
  });

  it('counts what else is asked for in the same time, pod by pod', () => {
    const clientErrors = [steady('c', regular, 3, { code: '429' })];
    const reading = { ...READING, others: ['clientErrors'] };
    const canary = arm('c', regular, { others: { clientErrors } });
    const [block] = look(canary, arm('s', regular), 5, { at: 0 }, reading).blocks;
    expect(block?.canary).toMatchObject({ others: { clientErrors: 3 }, pods: { c: { others: { clientErrors: 3 } } } });
    expect(block?.stable.others).toEqual({ clientErrors: 0 });
    expect(block && withoutPod(block, 'stable', 'nobody', ERRORS.sum).stable.others).toEqual({ clientErrors: 0 });
  });

  it('lies on a grid that begins at the epoch, whole seconds and at least a scrape long', () => {
    expect(blockLengthOf('errors', timingOf(200))).toBe(1000);
    expect(blockLengthOf('errors', timingOf(15_000))).toBe(15_000);
    expect(blockLengthOf('errors', timingOf(1500))).toBe(2000);
    expect(blockLengthOf('latency', timingOf(1000), 10_000)).toBe(10_000);
    expect(blockLengthOf('latency', timingOf(15_000), 10_000)).toBe(15_000);
    expect(blockLengthOf('gauges', timingOf(15_000), 80_000)).toBe(80_000);
    expect([onGrid(15_000, 5000), onGrid(15_001, 5000)]).toEqual([15_000, 20_000]);
  });

  it('is there for a version whose pods are silent, with no pods in it; and not where both are', () => {
    const [block] = look(NOBODY, arm('s', regular), 5).blocks;
    expect(block?.canary).toEqual({ requests: 0, errors: 0, podSeconds: 0, pods: {} });
    const none = look(NOBODY, NOBODY, 20);
    expect([none.blocks, none.cursor]).toEqual([[], { at: 20_000 }]);
  });
});

describe('a target that misses scrapes', () => {
  const gappy = [0, 5, 10, 35, 40, 45];

  it('is waited for, and told as missing after three scrapes', () => {
    const at = (to: number) => look(arm('c', [0, 5, 10]), arm('s', every(5, 0, to)), to);
    expect(at(15)).toMatchObject({
      waiting: [{ version: 'canary', pod: 'c', since: 10_000, missing: false }],
      cursor: { at: 10_000 },
    });
    expect(at(30).waiting).toEqual([{ version: 'canary', pod: 'c', since: 10_000, missing: true }]);
    expect(spans(at(30))).toEqual(spans(at(15)));
  });

  it('makes one longer block of both versions when it comes back, and never zeros', () => {
    const seen = look(arm('c', gappy), arm('s', regular), 45);
    expect(spans(seen)).toEqual([
      [0, 5],
      [5, 10],
      [10, 35],
      [35, 40],
      [40, 45],
    ]);
    expect(seen.blocks[2]).toMatchObject({ canary: { requests: 10 }, stable: { requests: 50 } });
  });

  it('does not hold up a cut while its scrapes are no further apart than three', () => {
    expect(spans(look(arm('c', [0, 15, 30]), arm('s', regular), 30))).toHaveLength(6);
  });

  it('is cut within its gap once so much is pending that blocks might never close', () => {
    const slow = look(arm('c', [0, 45, 90, 135]), arm('s', every(5, 0, 135)), 135);
    expect(spans(slow)).toEqual([
      [0, 45],
      [45, 90],
      [90, 135],
    ]);
    const two = { ...NOBODY, requests: [steady('c', [0, 40, 80, 120], 40), steady('d', [-20, 20, 60, 100], 40)] };
    const alternating = look(two, arm('s', every(5, 0, 100)), 100);
    expect(spans(alternating)).toEqual([
      [0, 50],
      [50, 100],
    ]);
    expect(alternating.blocks[0]?.canary.requests).toBe(100);
  });

  it('leaves with what it had counted when it is gone, and comes back as if new', () => {
    const gone = 10 + (timing.goneMs + timing.lateMs) / 1000;
    const before = look(arm('c', [0, 5, 10]), arm('s', every(5, 0, gone)), gone - 1);
    expect(before.cursor).toEqual({ at: 10_000 });
    const after = look(arm('c', [0, 5, 10]), arm('s', every(5, 0, gone)), gone);
    expect(after.blocks.map(({ canary }) => canary.requests).slice(0, 4)).toEqual([10, 10, 0, 0]);
    expect(after.blocks[2]?.canary.pods).toEqual({});
    const back = look(arm('c', [0, 5, 10, 95, 100]), arm('s', every(5, 0, 100)), 100);
    expect(back.blocks.reduce((sum, { canary }) => sum + canary.requests, 0)).toBe(30);
    expect(back.blocks.at(-1)).toMatchObject({ from: 95_000, canary: { requests: 10 } });
  });

  it('leaves at once when its pod has ended', () => {
    const canary = arm('c', [0, 5, 10], { pods: [{ name: 'c', endedAt: 11_000 }] });
    expect(look(canary, arm('s', regular), 15).cursor).toEqual({ at: 10_000 });
    const seen = look(canary, arm('s', regular), 20);
    expect(seen.cursor).toEqual({ at: 20_000 });
    expect(seen.blocks.map(({ canary: { podSeconds } }) => podSeconds)).toEqual([5, 5, 0, 0]);
  });
});

describe('a pod that comes', () => {
  const facts = [{ name: 'c2', startedAt: 12_000 }];
  const early = arm('c1', regular, { pods: facts });
  const late = { ...early, requests: [...early.requests, rawSeries(podLabels('c2'), [22, 20], [27, 30], [32, 40])] };

  it('counts for the time it was there', () => {
    const seen = look(late, arm('s', regular), 30).blocks.map(({ canary: { pods } }) => pods['c2']);
    expect(seen).toEqual([
      undefined,
      undefined,
      { requests: 6, errors: 0, podSeconds: 3 },
      { requests: 10, errors: 0, podSeconds: 5 },
      { requests: 10, errors: 0, podSeconds: 5 },
      { requests: 10, errors: 0, podSeconds: 5 },
    ]);
  });

  it('is waited for a short while, so that its first requests are not lost', () => {
    expect(look(early, arm('s', regular), 20)).toMatchObject({
      cursor: { at: 10_000 },
      waiting: [{ version: 'canary', pod: 'c2', since: 12_000, missing: false }],
    });
    expect(look(early, arm('s', regular), 30).cursor).toEqual({ at: 15_000 });
    expect(look(early, arm('s', every(5, 0, 65)), 60).cursor).toEqual({ at: 45_000 });
  });

  it('is not waited for when it has ended without a scrape', () => {
    const ended = arm('c1', regular, { pods: [{ name: 'c2', startedAt: 12_000, endedAt: 14_000 }] });
    expect(look(ended, arm('s', regular), 20)).toMatchObject({ cursor: { at: 20_000 }, waiting: [] });
  });

  it('is left out while it warms up, where blocks ask for that', () => {
    const warm = { ...READING, warmUpMs: 10_000 };
    const ready = { ...late, pods: [{ name: 'c2', startedAt: 12_000, readyAt: 15_000 }] };
    const of = (samples: ErrorSamples) =>
      look(samples, arm('s', regular), 30, { at: 0 }, warm).blocks.map(({ canary: { pods } }) => pods['c2']?.requests);
    expect(of(ready)).toEqual([undefined, undefined, undefined, undefined, undefined, 10]);
    expect(of(late)).toEqual(Array(6).fill(undefined));
  });
});

describe('samples that contradict each other', () => {
  it('discard the block in both versions, and are told', () => {
    const wrong = rawSeries(podLabels('s'), [0, 0], [5, 0], [10, 14], [15, 14]);
    const seen = look(arm('c', regular), arm('s', regular, { errors: [wrong] }), 15);
    expect(spans(seen)).toEqual([
      [0, 5],
      [10, 15],
    ]);
    expect(seen.faults).toEqual([
      {
        version: 'stable',
        pod: 's',
        from: 5000,
        to: 10_000,
        reason: 'errorsAboveRequests',
        found: '14 errors among 10 requests',
      },
    ]);
    expect(seen.cursor).toEqual({ at: 15_000 });
  });

  it('are not those that differ by rounding', () => {
    const seconds = every(5, -2, 58);
    const all = steady('c', seconds, 7);
    const seen = look({ ...NOBODY, requests: [all], errors: [all] }, arm('s', regular), 50);
    expect(seen.faults).toEqual([]);
    expect(seen.blocks.every(({ canary }) => canary.errors <= canary.requests)).toBe(true);
  });
});

describe("probes' requests", () => {
  const probes = { perSecond: 0.2 };
  const of = (
    samples: readonly (readonly [number, number])[],
    errors: readonly (readonly [number, number])[] = [],
  ) => ({
    ...NOBODY,
    requests: [rawSeries(podLabels('c'), ...samples)],
    errors: errors.length === 0 ? [] : [rawSeries(podLabels('c'), ...errors)],
    up: [upAt('c', ...samples.map(([time]) => time))],
    pods: [{ name: 'c', probes }],
  });
  const counted = (samples: ErrorSamples, cursor?: ErrorCursor) =>
    look(samples, arm('s', regular), 20, cursor).blocks.map(({ canary }) => canary.requests);

  it('are taken off at the rate that the pod template implies, though they come now and then', () => {
    expect(
      counted(
        of([
          [0, 0],
          [5, 0],
          [10, 2],
          [15, 2],
          [20, 4],
        ]),
      ),
    ).toEqual([0, 0, 0, 0]);
    expect(
      counted(
        of([
          [0, 0],
          [5, 9],
          [10, 20],
          [15, 31],
          [20, 42],
        ]),
      ),
    ).toEqual([6, 10, 10, 10]);
  });

  it('are never more than there are requests, and never errors', () => {
    const bad = [
      [0, 0],
      [5, 3],
      [10, 6],
      [15, 9],
      [20, 12],
    ] as const;
    expect(counted(of(bad, bad))).toEqual([3, 3, 3, 3]);
  });

  it('are remembered from look to look, in a few bytes for each pod', () => {
    const samples = of([
      [0, 0],
      [5, 0],
      [10, 2],
      [15, 2],
      [20, 40],
    ]);
    const whole = look(samples, arm('s', regular), 20);
    let cursor: ErrorCursor = { at: 0 };
    const blocks = [7, 12, 16, 20].flatMap((to) => {
      const part = look(samples, arm('s', regular), to, cursor);
      cursor = JSON.parse(JSON.stringify(part.cursor));
      return part.blocks;
    });
    expect(blocks).toEqual(whole.blocks);
    expect(cursor).toEqual(whole.cursor);
  });

  it('come faster while a pod starts', () => {
    const starting = { perSecond: 1, until: 10_000 };
    const samples = of([
      [0, 0],
      [5, 10],
      [10, 20],
      [15, 30],
      [20, 40],
    ]);
    expect(counted({ ...samples, pods: [{ name: 'c', probes: { ...probes, starting } }] })).toEqual([3, 5, 9, 9]);
  });
});

describe('the cursor', () => {
  it('is below 1 KB for ten pods whose probes are counted, and a time where they are not', () => {
    const names = (version: string) =>
      Array.from({ length: 5 }, (_, index) => `checkout-service-${version}-7c5ddbdf54-x7k${index}p`);
    const samples = (version: string): ErrorSamples => ({
      ...NOBODY,
      requests: names(version).map((pod) => steady(pod, regular, 1)),
      pods: names(version).map((name) => ({ name, probes: { perSecond: 0.3 } })),
    });
    const { cursor } = look(samples('canary'), samples('stable'), 30);
    const bytes = JSON.stringify(cursor).length;
    expect(bytes).toBeGreaterThan(200);
    expect(bytes).toBeLessThan(1024);
    expect(JSON.stringify(look(arm('c', regular), arm('s', regular), 30).cursor)).toBe('{"at":30000}');
  });

  it('says from when samples must be read again', () => {
    expect(readFrom({ at: 100_000 }, timing)).toBe(20_000);
  });
});
