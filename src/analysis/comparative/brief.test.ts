import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brief, shortLog } from './brief.ts';

describe('a short logarithm', () => {
  it('is never more than it was, less by a ten thousandth of itself at most, and has five digits', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e5, max: 1e5, noNaN: true }), (log) => {
        const short = shortLog(log);
        expect(short).toBeLessThanOrEqual(log);
        expect(log - short).toBeLessThanOrEqual(1.001e-4 * Math.max(1, Math.abs(log)));
        expect(shortLog(short)).toBe(short);
        if (Math.abs(log) < 10_000) expect(JSON.stringify(short).length).toBeLessThanOrEqual(7);
      }),
    );
  });
});

describe('a brief state', () => {
  it('has all its evidence short, however deep, and all else as it was', () => {
    const mixture = { logs: [-8.770953, 0.123456], blocks: 7, best: 1.23456 };
    const short = { logs: [-8.771, 0.1234], blocks: 7, best: 1.2345 };
    const state = {
      worse: mixture,
      without: { a: mixture },
      edges: [mixture, { at: 0.123456 }],
      counts: [0.123456],
      of: null,
    };
    expect(brief(state)).toEqual({
      worse: short,
      without: { a: short },
      edges: [short, { at: 0.123456 }],
      counts: [0.123456],
      of: null,
    });
    expect(mixture.best).toBe(1.23456);
  });
});
