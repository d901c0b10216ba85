import { describe, expect, it } from 'vitest';
import { type RawSample, rawSeries } from '../../../test/support/raw-series.ts';
import { addGrowth, addLevel, inSteps, markFalls, readingsOf } from './counter.ts';

const read = (...samples: readonly RawSample[]) => readingsOf(rawSeries({}, ...samples));

/** On scrapes every ten seconds from 0 on; gone after 50 s. */
function growth(samples: readonly RawSample[], others: readonly (readonly RawSample[])[] = [], scrapes = 10) {
  const line = { times: Float64Array.from({ length: scrapes }, (_, index) => index * 10_000), goneMs: 50_000 };
  const fell = new Uint8Array(scrapes);
  for (const one of [samples, ...others]) markFalls(read(...one), line, fell);
  const grown = Array<number>(scrapes).fill(0);
  const last = addGrowth(read(...samples), line, fell, grown, new Uint8Array(scrapes));
  return { grown, last };
}

/** The scrapes, numbered as in `growth`, that the counter came to with less than it had. */
function begunAnew(samples: readonly RawSample[], scrapes = 10): readonly number[] {
  const line = { times: Float64Array.from({ length: scrapes }, (_, index) => index * 10_000), goneMs: 50_000 };
  const anew = new Uint8Array(scrapes);
  addGrowth(read(...samples), line, new Uint8Array(scrapes), Array<number>(scrapes).fill(0), anew);
  return [...anew.keys()].filter((index) => anew[index] === 1);
}

describe('readings', () => {
  it('pass over staleness markers, NaN, infinities and negative values', () => {
    const { times, values } = read([0, 5], [10, 'stale'], [20, Number.NaN], [30, Infinity], [40, -1], [50, 7]);
    expect([...times]).toEqual([0, 50_000]);
    expect([...values]).toEqual([5, 7]);
  });

  it('are put in order, and of two at one time the later given counts', () => {
    const { times, values } = read([20, 8], [0, 5], [10, 6], [10, 7], [30, 9]);
    expect([...times]).toEqual([0, 10_000, 20_000, 30_000]);
    expect([...values]).toEqual([5, 7, 8, 9]);
  });
});

describe('readings before the time they are wanted from', () => {
  it('are left out, but for the last where there is no other', () => {
    const times = (since: number) => [...readingsOf(rawSeries({}, [0, 5], [10, 6], [20, 7]), since).times];
    expect([times(0), times(10_000), times(10_001)]).toEqual([[0, 10_000, 20_000], [10_000, 20_000], [20_000]]);
    expect(times(90_000)).toEqual([20_000]);
    expect([...readingsOf(rawSeries({}), 5).times]).toEqual([]);
  });
});

describe("a counter's growth", () => {
  it('is what came between two scrapes, and the first scrape only says where counting begins', () => {
    expect(
      growth(
        [
          [0, 100],
          [10, 108],
          [20, 108],
          [30, 120],
        ],
        [],
        4,
      ),
    ).toEqual({ grown: [0, 8, 0, 12], last: 3 });
  });

  it('marks the scrape after a reset, and no first one', () => {
    expect(
      begunAnew([
        [0, 100],
        [10, 108],
        [20, 3],
        [30, 3],
        [40, 1],
      ]),
    ).toEqual([2, 4]);
    expect(
      begunAnew([
        [20, 5],
        [30, 8],
      ]),
    ).toEqual([]);
    // Away for a while, and less than before: the reset was in the last interval at the latest.
    expect(
      begunAnew([
        [0, 100],
        [30, 3],
      ]),
    ).toEqual([3]);
  });

  it('is the whole value after a reset', () => {
    expect(
      growth(
        [
          [0, 100],
          [10, 110],
          [20, 4],
          [30, 6],
        ],
        [],
        4,
      ).grown,
    ).toEqual([0, 10, 4, 2]);
  });

  it('begins at zero at the scrape before, where a series first appears on a target scraped before', () => {
    expect(
      growth(
        [
          [20, 7],
          [30, 9],
        ],
        [],
        4,
      ).grown,
    ).toEqual([0, 0, 7, 2]);
  });

  it('keeps what a series had counted that vanishes', () => {
    expect(
      growth(
        [
          [0, 1],
          [10, 5],
          [20, 'stale'],
        ],
        [],
        4,
      ),
    ).toEqual({ grown: [0, 4, 0, 0], last: 1 });
  });

  it('goes on where a series was away for a moment, and lies after the last scrape without it', () => {
    expect(
      growth(
        [
          [0, 1],
          [10, 5],
          [40, 9],
        ],
        [],
        5,
      ).grown,
    ).toEqual([0, 4, 0, 0, 4]);
    expect(
      growth(
        [
          [0, 1],
          [10, 5],
          [40, 3],
        ],
        [],
        5,
      ).grown,
    ).toEqual([0, 4, 0, 0, 3]);
  });

  it('begins anew where a series was away for longer than a target may be', () => {
    expect(
      growth(
        [
          [0, 1],
          [10, 5],
          [60, 9],
        ],
        [],
        7,
      ).grown,
    ).toEqual([0, 4, 0, 0, 0, 0, 4]);
    expect(
      growth(
        [
          [0, 1],
          [10, 5],
          [70, 9],
        ],
        [],
        8,
      ).grown,
    ).toEqual([0, 4, 0, 0, 0, 0, 0, 9]);
  });

  it('begins anew where a series was away and another one of its target fell meanwhile: the process is another', () => {
    const requests: readonly RawSample[] = [
      [0, 90],
      [10, 99],
      [20, 3],
      [30, 8],
      [40, 12],
    ];
    const errors: readonly RawSample[] = [
      [0, 1],
      [10, 1],
      [40, 1],
    ];
    expect(growth(errors, [requests], 5).grown).toEqual([0, 0, 0, 0, 1]);
    expect(growth(errors, [], 5).grown).toEqual([0, 0, 0, 0, 0]);
  });

  it('is never more than the value for a series that was there all the time, whatever others do', () => {
    const other: readonly RawSample[] = [
      [0, 9],
      [10, 1],
    ];
    expect(
      growth(
        [
          [0, 5],
          [10, 6],
        ],
        [other],
        2,
      ).grown,
    ).toEqual([0, 1]);
  });

  it('takes nothing over a gap in which the target was gone', () => {
    const line = { times: Float64Array.of(0, 10_000, 70_000, 80_000), goneMs: 50_000 };
    const grown = [0, 0, 0, 0];
    addGrowth(read([0, 1], [10, 3], [70, 50], [80, 54]), line, new Uint8Array(4), grown, new Uint8Array(4));
    expect(grown).toEqual([0, 2, 0, 4]);
  });

  it('passes over samples that are in no scrape any more', () => {
    const line = { times: Float64Array.of(0, 10_000), goneMs: 50_000 };
    const grown = [0, 0];
    expect(addGrowth(read([0, 1], [10, 3], [20, 50]), line, new Uint8Array(2), grown, new Uint8Array(2))).toBe(1);
    expect(grown).toEqual([0, 2]);
  });
});

describe("a level's growth", () => {
  it('is its mean between two samples times the seconds between them', () => {
    const line = { times: Float64Array.of(0, 10_000, 70_000, 80_000), goneMs: 50_000 };
    const grown = [0, 0, 0, 0];
    addLevel(read([0, 100], [10, 200], [70, 400], [80, 400]), line, grown);
    expect(grown).toEqual([0, 1500, 0, 4000]);
  });
});

describe('counts in steps', () => {
  it('are what they were where they are whole, however large', () => {
    for (const count of [0, 1, 12_345_678, 1e15, Number.MAX_SAFE_INTEGER]) expect(inSteps(count)).toBe(count);
  });
});
