import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, cutTo, sumOfLogs } from './logs.ts';

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
  it('to parts is never more than it was, less by one part at most, and stays what it is from then on', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e5, max: 1e5, noNaN: true }),
        fc.constantFrom(1, 10, 1e3, 1e4, 1e6),
        (log, parts) => {
          const once = cutTo(parts, log);
          expect(once).toBeLessThanOrEqual(log);
          expect(once).toBeGreaterThan(log - 1.001 / parts);
          expect(cutTo(parts, once)).toBe(once);
          expect(JSON.parse(JSON.stringify(once))).toBe(once);
        },
      ),
    );
  });

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
