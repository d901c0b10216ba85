import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLatencies } from './latencies.ts';

const recorded = (values: readonly number[]) => {
  const latencies = createLatencies();
  for (const value of values) latencies.record(value);
  return latencies;
};

const nearestRank = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN;
};

const values = fc.array(fc.double({ min: 0.2, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 });
const quantiles = fc.double({ min: 0, max: 1, noNaN: true });

describe('latencies', () => {
  it('gives every quantile within 0.4 % of the exact nearest rank', () => {
    fc.assert(
      fc.property(values, quantiles, (sample, q) => {
        const exact = nearestRank(sample, q);
        // Half a microsecond of rounding weighs as much at the lower end.
        expect(Math.abs(recorded(sample).quantile(q) - exact)).toBeLessThanOrEqual(exact * 0.004 + 0.0005);
      }),
    );
  });

  it('gives the same summary whether recorded at one place or added up from two', () => {
    fc.assert(
      fc.property(values, values, (left, right) => {
        const sum = recorded(left);
        sum.add(recorded(right));
        const { mean, ...rest } = sum.summary();
        const { mean: wanted, ...others } = recorded([...left, ...right]).summary();
        expect(rest).toEqual(others);
        expect(mean).toBeCloseTo(wanted, 6);
      }),
    );
  });

  it('keeps the extremes exactly and survives what is longer than its range', () => {
    const summary = recorded([0, 3.25, 1e12]).summary();
    expect(summary).toMatchObject({ count: 3, min: 0, max: 1e12 });
    expect(summary.p50).toBeCloseTo(3.25, 1);
  });

  it('is all zeros when nothing was recorded, and its quantile is not a number', () => {
    expect(createLatencies().summary().p99).toBe(0);
    expect(createLatencies().quantile(0.5)).toBeNaN();
  });
});
