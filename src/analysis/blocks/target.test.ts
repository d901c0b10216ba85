import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsOf, presenceAt, spanOf, type Target } from './target.ts';
import { timingOf } from './timing.ts';

const target = (times: readonly number[], grown: readonly number[], more: Partial<Target> = {}): Target => ({
  pod: 'a',
  times: Float64Array.from(times),
  grown: [grown],
  anew: new Uint8Array(times.length),
  countsFrom: -Infinity,
  over: false,
  ...more,
});

describe('the counts in a span of time', () => {
  const one = target([0, 10, 20, 40], [0, 8, 4, 6]);

  it('are whole where its ends fall on scrapes', () => {
    expect(spanOf(one, 0, 40, 100)).toEqual({ seconds: 0.04, counts: [18] });
    expect(spanOf(one, 10, 20, 100).counts).toEqual([4]);
  });

  it('say that some is lost where counters began anew since the scrape before', () => {
    const reset = { ...one, anew: Uint8Array.of(0, 0, 1, 0) };
    expect(spanOf(reset, 0, 10, 100)).toEqual({ seconds: 0.01, counts: [8] });
    for (const [from, to] of [
      [5, 12],
      [10, 20],
      [19, 40],
    ] as const)
      expect(spanOf(reset, from, to, 100).anew).toBe(true);
    expect(spanOf(reset, 20, 40, 100).anew).toBeUndefined();
  });

  it('are shared evenly between the scrapes around its ends', () => {
    expect(spanOf(one, 5, 15, 100).counts).toEqual([6]);
    expect(spanOf(one, 30, 99, 100)).toEqual({ seconds: 0.01, counts: [3] });
  });

  it('are those of the time the target was there', () => {
    expect(spanOf(one, -50, 5, 100)).toEqual({ seconds: 0.005, counts: [4] });
    expect(spanOf(one, 40, 50, 100)).toEqual({ seconds: 0, counts: [0] });
    expect(spanOf(one, -50, -5, 100)).toEqual({ seconds: 0, counts: [0] });
  });

  it('leave out a gap in which it was gone', () => {
    expect(spanOf(one, 0, 40, 15)).toEqual({ seconds: 0.02, counts: [12] });
  });

  it('leave out its warm-up', () => {
    expect(spanOf({ ...one, countsFrom: 15 }, 0, 40, 100)).toEqual({ seconds: 0.025, counts: [8] });
    expect(spanOf({ ...one, countsFrom: Infinity }, 0, 40, 100)).toEqual({ seconds: 0, counts: [0] });
  });

  const anyTarget = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat({ max: 1_000_000 })), { minLength: 1, maxLength: 30 })
    .map((steps) => {
      let time = 0;
      return target(
        steps.map(([gap]) => {
          time += gap;
          return time;
        }),
        steps.map(([, grown]) => grown),
      );
    });

  it('add up exactly: neighbouring spans are their union, to the last digit, and never below zero', () => {
    const time = fc.integer({ min: -100, max: 100_000 });
    fc.assert(
      fc.property(anyTarget, fc.tuple(time, time, time), (one, times) => {
        const [a, b, c] = times.toSorted((x, y) => x - y) as [number, number, number];
        const [first, second, both] = [spanOf(one, a, b, 4000), spanOf(one, b, c, 4000), spanOf(one, a, c, 4000)];
        expect((first.counts[0] ?? 0) + (second.counts[0] ?? 0)).toBe(both.counts[0]);
        expect(first.seconds + second.seconds).toBeCloseTo(both.seconds, 9);
        expect(Math.min(...first.counts, ...second.counts)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('the presence of a target', () => {
  const timing = timingOf(10);
  const one = target([100, 110, 145, 300], [0, 1, 1, 1]);
  const at = (time: number, to = 1000) => presenceAt(one, time, timing, to);

  it('is there from its first scrape on, at scrapes and between those that are not far apart', () => {
    expect([at(99), at(100), at(105), at(110)]).toEqual(['away', 'there', 'there', 'there']);
  });

  it('is neither there nor away in a gap longer than a missing scrape takes, but for its ends', () => {
    expect([at(111), at(144), at(145)]).toEqual(['between', 'between', 'there']);
  });

  it('is away in a gap in which it was gone', () => {
    expect([at(146), at(299), at(300)]).toEqual(['away', 'away', 'there']);
  });

  it('is unknown after its last scrape, until it is gone and nothing can come late', () => {
    const gone = 300 + timing.goneMs + timing.lateMs;
    expect([at(301, gone - 1), at(301, gone)]).toEqual(['unknown', 'away']);
    expect(presenceAt({ ...one, over: true }, 301, timing, 310)).toBe('away');
  });
});

describe('the counts around the ends of a span of time', () => {
  const one = target([0, 10, 20, 40], [0, 8, 4, 6]);

  it('are those between the scrapes on either side, shared evenly, and those of the scrapes before', () => {
    expect(endsOf(one, 5, 35, 100)).toEqual({
      from: { before: [4], after: [4], prior: [0] },
      to: { before: [4.5], after: [1.5], prior: [4] },
    });
  });

  it('are all before an end that falls on a scrape', () => {
    expect(endsOf(one, 10, 20, 100)).toMatchObject({
      from: { before: [8], after: [0] },
      to: { before: [4], after: [0] },
    });
  });

  it('are none outside of the scrapes, and in a gap in which the target was gone', () => {
    const none = { before: [0], after: [0], prior: [0] };
    expect(endsOf(one, -5, 50, 100)).toEqual({ from: none, to: none });
    expect(endsOf(one, 5, 30, 15)).toEqual({ from: { before: [4], after: [4], prior: [0] }, to: none });
    expect(endsOf(target([0, 50, 60], [0, 8, 4]), 55, 60, 15).from).toEqual({ before: [2], after: [2], prior: [0] });
  });

  it('do not depend on samples that a look from just before the end would not ask for', () => {
    const long = target([0, 95, 105, 115], [0, 8, 4, 6]);
    const asked = target([95, 105, 115], [0, 4, 6]);
    expect(endsOf(long, 100, 110, 98)).toEqual(endsOf(asked, 100, 110, 98));
    expect(endsOf(long, 100, 110, 100).from.prior).toEqual([8]);
  });

  it('begin with what is counted at all: after the warm-up', () => {
    expect(endsOf({ ...one, countsFrom: 15 }, 5, 20, 100).from).toMatchObject({ before: [2], after: [2] });
  });
});
