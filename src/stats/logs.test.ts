import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, sumOfLogs } from './logs.ts';

describe('a sum of logarithms', () => {
  it('is the logarithm of the sum', () => {
    expect(sumOfLogs([Math.log(2), Math.log(3), Math.log(5)])).toBeCloseTo(Math.log(10), 12);
    expect(sumOfLogs([])).toBe(Number.NEGATIVE_INFINITY);
  });

  it('neither overflows nor vanishes', () => {
    expect(sumOfLogs([1e9, 1e9])).toBeCloseTo(1e9 + Math.LN2, 6);
    expect(sumOfLogs([-1e9, -1e9])).toBeCloseTo(-1e9 + Math.LN2, 6);
  });
});

describe('a logarithm that is cut', () => {
  it('is never more than it was, and a billionth less at most', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (log) => {
        expect(cut(log)).toBeLessThanOrEqual(log);
        expect(cut(log)).toBeGreaterThanOrEqual(log - 1.001e-9);
        expect(JSON.stringify(cut(log)).length).toBeLessThanOrEqual(17);
      }),
    );
  });
});
