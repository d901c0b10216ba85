import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomial, both, meanOf } from '../../test/support/enumeration.ts';
import { failures } from '../../test/support/seeded-traffic.ts';
import { seededRandom } from '../lib/random.ts';
import { AT_ONCE } from './mixture.ts';
import { type RateBlock, type RateTolerance, tolerated } from './rate.ts';
import { ERROR_ALTERNATIVES, worseRate } from './rate-worse.ts';

const SOME: RateTolerance = { factor: 1.1, points: 0.02 };
const NONE: RateTolerance = { factor: 1, points: 0 };
const process = (tolerance: RateTolerance, options = {}) =>
  worseRate({ tolerance, dispersion: 1, onset: AT_ONCE, alternatives: ERROR_ALTERNATIVES, ...options });
const block = (nC: number, eC: number, nS: number, eS: number): RateBlock => ({
  canary: { requests: nC, errors: eC },
  stable: { requests: nS, errors: eS },
});

/** E after one block, in the mean. */
function meanEvidence(tolerance: RateTolerance, [nC, pC]: [number, number], [nS, pS]: [number, number], options = {}) {
  const rate = process(tolerance, options);
  return meanOf(both(binomial(nC, pC), binomial(nS, pS)), ([eC, eS]) =>
    Math.exp(rate.logEvidence(rate.after(rate.start, block(nC, eC, nS, eS)))),
  );
}

const arms: readonly [number, number][] = [
  [1, 1],
  [6, 6],
  [12, 3],
  [1, 14],
  [20, 20],
];
const rates = [0, 0.001, 0.02, 0.1, 0.3, 0.6];

describe('the mean of the evidence that a rate is worse', () => {
  it.each(arms)('is at most 1 at the tolerance: %i requests of the canary and %i of stable', (nC, nS) => {
    for (const tolerance of [NONE, SOME, { factor: 1.25, points: 0.002 }, { factor: 0.8, points: 0.1 }])
      for (const pS of rates) {
        const pC = Math.min(1, tolerated(tolerance, pS));
        expect(meanEvidence(tolerance, [nC, pC], [nS, pS])).toBeLessThanOrEqual(1 + 1e-9);
      }
  });

  it.each(arms)('is at most 1 inside the tolerance: %i requests of the canary and %i of stable', (nC, nS) => {
    for (const pS of rates)
      for (const part of [0, 0.3, 0.9])
        expect(meanEvidence(SOME, [nC, part * Math.min(1, tolerated(SOME, pS))], [nS, pS])).toBeLessThanOrEqual(
          1 + 1e-9,
        );
  });

  it('is 1 nearly exactly at the tolerance when errors are rare: nothing is given away', () => {
    expect(meanEvidence({ factor: 1, points: 0.001 }, [20, 0.002], [20, 0.001])).toBeGreaterThan(0.99);
  });

  it('is above 1 when the canary is worse than tolerated', () => {
    expect(meanEvidence(SOME, [20, 0.3], [20, 0.02])).toBeGreaterThan(1.5);
  });

  it('is at most 1 with any other grid, and with counts divided by a dispersion', () => {
    const slow = { alternatives: [1.1, 1.6, 3].map((times) => ({ times, weight: 1 / 3 })) };
    expect(meanEvidence(SOME, [12, tolerated(SOME, 0.2)], [9, 0.2], slow)).toBeLessThanOrEqual(1);
    expect(meanEvidence(SOME, [12, tolerated(SOME, 0.2)], [9, 0.2], { dispersion: 3 })).toBeLessThanOrEqual(1);
  });

  it('is at most 1 when errors come in clusters no larger than the dispersion', () => {
    const rate = process(NONE, { dispersion: 4 });
    const clusters = both(binomial(5, 0.2), binomial(5, 0.2));
    const mean = meanOf(clusters, ([c, s]) =>
      Math.exp(rate.logEvidence(rate.after(rate.start, block(20, 4 * c, 20, 4 * s)))),
    );
    expect(mean).toBeLessThanOrEqual(1);
    const bare = process(NONE);
    const naive = meanOf(clusters, ([c, s]) =>
      Math.exp(bare.logEvidence(bare.after(bare.start, block(20, 4 * c, 20, 4 * s)))),
    );
    expect(naive).toBeGreaterThan(1.5);
  });

  it('is at most 1 with halves of errors, as interpolation makes them', () => {
    const rate = process(SOME);
    const mean = meanOf(both(binomial(8, 0.3), binomial(8, (0.15 - 0.02) / 1.1)), ([c, s]) =>
      Math.exp(rate.logEvidence(rate.after(rate.start, block(8, c / 2, 8, s)))),
    );
    expect(mean).toBeLessThanOrEqual(1);
  });

  it('is at most 1 when a copied request fails on both sides', () => {
    const rate = process(NONE);
    const mean = meanOf(both(binomial(10, 0.2), both(binomial(10, 0.1), binomial(10, 0.1))), ([common, [c, s]]) =>
      Math.exp(rate.logEvidence(rate.after(rate.start, block(20, common + c, 20, common + s)))),
    );
    expect(mean).toBeLessThanOrEqual(1);
  });

  it('stays at most 1 after more blocks, with shares and rates that change and wealth that begins late', () => {
    const rate = process(SOME, { onset: { atOnce: 0.5, overBlocks: 2 } });
    const first = both(binomial(6, tolerated(SOME, 0.1)), binomial(6, 0.1));
    const second = both(binomial(2, tolerated(SOME, 0.5)), binomial(9, 0.5));
    const mean = meanOf(both(first, second), ([[eC, eS], [fC, fS]]) =>
      Math.exp(rate.logEvidence(rate.after(rate.after(rate.start, block(6, eC, 6, eS)), block(2, fC, 9, fS)))),
    );
    expect(mean).toBeLessThanOrEqual(1);
    expect(mean).toBeGreaterThan(0.6);
  });
});

const count = fc.integer({ min: 1, max: 400 });
const anyBlock = fc
  .record({
    nC: count,
    nS: count,
    c: fc.double({ min: 0, max: 1, noNaN: true }),
    s: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ nC, nS, c, s }) => block(nC, Math.floor(c * nC), nS, Math.floor(s * nS)));
const evidence = (blocks: readonly RateBlock[], options = {}) => {
  const rate = process(SOME, options);
  return rate.logEvidence(blocks.reduce(rate.after, rate.start));
};
const sum = (a: RateBlock, b: RateBlock): RateBlock =>
  block(
    a.canary.requests + b.canary.requests,
    a.canary.errors + b.canary.errors,
    a.stable.requests + b.stable.requests,
    a.stable.errors + b.stable.errors,
  );

describe('blocks', () => {
  it('may come in any order', () => {
    fc.assert(
      fc.property(fc.array(anyBlock, { minLength: 2, maxLength: 6 }), (blocks) => {
        expect(evidence(blocks.toReversed())).toBeCloseTo(evidence(blocks), 6);
      }),
    );
  });

  it('may be merged when the canary’s share is the same in both', () => {
    fc.assert(
      fc.property(anyBlock, fc.integer({ min: 1, max: 5 }), fc.nat(100), (a, times, errors) => {
        const b = block(
          times * a.canary.requests,
          Math.min(errors, times * a.canary.requests),
          times * a.stable.requests,
          0,
        );
        expect(evidence([sum(a, b)])).toBeCloseTo(evidence([a, b]), 6);
      }),
    );
  });

  it('may not be merged when the share moved with the rate: pooled, an equal canary looks worse', () => {
    // Stable had the quiet time, both had the incident at half and half.
    const [quiet, incident] = [block(10, 0, 990, 1), block(500, 150, 500, 150)];
    expect(evidence([quiet, incident])).toBeLessThan(0);
    expect(evidence([sum(quiet, incident)])).toBeGreaterThan(20);
  });

  it('have their order in the evidence when wealth begins late', () => {
    const onset = { atOnce: 0.5, overBlocks: 3 };
    const [good, bad] = [block(1000, 0, 1000, 20), block(1000, 90, 1000, 20)];
    expect(evidence([good, bad, bad], { onset })).toBeGreaterThan(evidence([bad, bad, good], { onset }) + 1);
  });

  it('say nothing when a version had no requests', () => {
    const rate = process(SOME);
    for (const silent of [block(0, 0, 50, 3), block(50, 3, 0, 0), block(0, 0, 0, 0), block(1e-9, 0, 50, 0)])
      expect(rate.after(rate.start, silent)).toBe(rate.start);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('of %d requests are a bug of the caller', (requests) => {
    const rate = process(SOME);
    expect(() => rate.after(rate.start, block(requests, 0, 1, 0))).toThrow(RangeError);
    expect(() => rate.after(rate.start, block(1, requests, 1, 0))).toThrow(RangeError);
  });
});

describe('options', () => {
  it.each([
    { tolerance: { factor: 0, points: 0 } },
    { tolerance: { factor: 1, points: -0.1 } },
    { tolerance: { factor: 1, points: 1 } },
    { dispersion: 0.5 },
    { dispersion: Number.NaN },
  ])('that mean nothing are refused: %o', (options) => {
    expect(() => process(SOME, options)).toThrow(RangeError);
  });
});

describe('over many releases', () => {
  /** Looked at after each block of five pairs: the pair at which the evidence reached `asked`, or Infinity. */
  const reached = (seed: number, [pC, pS]: [number, number], asked: number, pairs: number, options: object) => {
    const random = seededRandom(seed);
    const rate = process(NONE, options);
    let state = rate.start;
    for (let pair = 5; pair <= pairs; pair += 5) {
      state = rate.after(state, block(5, failures(random, 5, pC), 5, failures(random, 5, pS)));
      if (rate.logEvidence(state) >= asked) return pair;
    }
    return Number.POSITIVE_INFINITY;
  };

  it('an equal canary is rolled back in one of a hundred at most', () => {
    const runs = Array.from({ length: 300 }, (_, i) => reached(i, [0.02, 0.02], Math.log(100), 2000, {}));
    expect(runs.filter(Number.isFinite).length).toBeLessThanOrEqual(6);
  });

  it('2 % errors beside 0.1 % are found within some 600 pairs, half of the time, as facts/statistics.md B2 has it', () => {
    const ship = { tolerance: { factor: 1, points: 0.002 }, onset: { atOnce: 0.5, overBlocks: 1000 } };
    const bare = Array.from({ length: 200 }, (_, i) => reached(i, [0.02, 0.001], Math.log(100), 5000, {}));
    expect(bare.toSorted((a, b) => a - b)[100]).toBeGreaterThan(400);
    expect(bare.toSorted((a, b) => a - b)[100]).toBeLessThan(560);
    const shipped = Array.from({ length: 200 }, (_, i) => reached(i, [0.02, 0.001], Math.log(100 / 0.3), 5000, ship));
    expect(shipped.toSorted((a, b) => a - b)[100]).toBeLessThan(860);
  });
});
