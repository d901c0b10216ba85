import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { increase } from './increase.ts';
import { type SeriesData, setStale } from './series.ts';

const seriesOf = (...samples: readonly (readonly [time: number, value: number | 'stale'])[]): SeriesData => {
  const times = new Float64Array(samples.map(([time]) => time));
  const values = new Float64Array(samples.map(([, value]) => (value === 'stale' ? Number.NaN : value)));
  samples.forEach(([, value], index) => {
    if (value === 'stale') setStale(values, index);
  });
  return { labels: {}, times, values };
};

describe('increase', () => {
  it('counts increments after from up to and with to', () => {
    const series = seriesOf([0, 5], [10, 8], [20, 8], [30, 20]);
    expect(increase(series, 0, 30)).toBe(15);
    expect(increase(series, 0, 29)).toBe(3);
    expect(increase(series, 10, 30)).toBe(12);
    expect(increase(series, 30, 99)).toBe(0);
  });

  it('takes the value after a reset as counted since the reset', () => {
    expect(increase(seriesOf([0, 100], [10, 110], [20, 4], [30, 6]), 0, 30)).toBe(16);
  });

  it('lets a series that appears on a target scraped before begin at zero, and only such a one', () => {
    const born = seriesOf([20, 7], [30, 9]);
    expect(increase(born, 10, 30)).toBe(2);
    expect(increase(born, 10, 30, { scrapedSince: 10 })).toBe(9);
    expect(increase(born, 10, 30, { scrapedSince: 20 })).toBe(2);
    expect(increase(born, 20, 30, { scrapedSince: 10 })).toBe(2);
  });

  it('passes over staleness markers and values that are no counts', () => {
    const series = seriesOf([0, 5], [10, 'stale'], [20, 7], [30, Infinity], [40, Number.NaN], [50, -1], [60, 10]);
    expect(increase(series, 0, 60)).toBe(5);
  });

  it('interpolates linearly between the samples around a boundary', () => {
    const series = seriesOf([0, 0], [10, 100], [20, 300]);
    expect(increase(series, 5, 15, { interpolate: true })).toBe(150);
    expect(increase(series, 15, 99, { interpolate: true })).toBe(100);
  });

  it('counts nothing without samples', () => {
    expect(increase(seriesOf(), 0, 10)).toBe(0);
  });

  const anySeries = fc
    .array(
      fc.tuple(
        fc.integer({ min: 1, max: 100 }),
        fc.oneof(fc.nat({ max: 1000 }), fc.constantFrom<number | 'stale'>('stale', Number.NaN)),
      ),
      { maxLength: 60 },
    )
    .map((steps) => {
      let time = 0;
      return seriesOf(
        ...steps.map(([gap, value]): [number, number | 'stale'] => {
          time += gap;
          return [time, value];
        }),
      );
    });
  const anyTime = fc.integer({ min: -10, max: 4000 });
  const options = fc.record({ interpolate: fc.boolean(), scrapedSince: anyTime });

  it('is additive over neighbouring ranges', () => {
    fc.assert(
      fc.property(anySeries, fc.tuple(anyTime, anyTime, anyTime), options, (series, times, how) => {
        const [a, b, c] = times.toSorted((x, y) => x - y) as [number, number, number];
        const parts = increase(series, a, b, how) + increase(series, b, c, how);
        expect(parts).toBeCloseTo(increase(series, a, c, how), 6);
        if (!how.interpolate) expect(parts).toBe(increase(series, a, c, how));
      }),
    );
  });

  it('is never negative, and equals what a counting process counted that was seen after each count', () => {
    fc.assert(
      fc.property(anySeries, anyTime, anyTime, options, (series, x, y, how) => {
        expect(increase(series, Math.min(x, y), Math.max(x, y), how)).toBeGreaterThanOrEqual(0);
      }),
    );
    // The process: increments of 1 … 9, restarts between samples from zero; every sample is taken.
    const step = fc.record({ restart: fc.boolean(), add: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), (steps) => {
        let value = 0;
        let truth = 0;
        const samples = steps.map(({ restart, add }, index): [number, number] => {
          // A restart is visible only when the counter has not passed its old value again.
          if (restart && add < value) value = 0;
          value += add;
          truth += add;
          return [(index + 1) * 10, value];
        });
        expect(increase(seriesOf(...samples), 0, steps.length * 10, { scrapedSince: 5 })).toBe(truth);
      }),
    );
  });
});
