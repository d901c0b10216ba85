import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomial, both, meanOf } from '../../test/support/enumeration.ts';
import { failures } from '../../test/support/seeded-traffic.ts';
import { seededRandom } from '../lib/random.ts';
import { AT_ONCE } from './mixture.ts';
import { type ShareBlock, sampleRatio, sideOf } from './sample-ratio.ts';

const process = sampleRatio({ tolerance: 0.1, dispersion: 1, onset: AT_ONCE });
const evidence = (blocks: readonly ShareBlock[]) => process.logEvidence(blocks.reduce(process.after, process.start));
const block = (n: number, canary: number, share: number): ShareBlock => ({ canary, stable: n - canary, share });

describe('the mean of the evidence that a share is not what was configured', () => {
  it.each([0.001, 0.05, 0.5, 0.9, 0.95, 0.999])('is at most 1 within the tolerance around %d', (share) => {
    for (const part of [0.9, 0.95, 1, 1.05, 1.1])
      for (const n of [1, 6, 25]) {
        const mean = meanOf(binomial(n, Math.min(1, part * share)), (canary) =>
          Math.exp(evidence([block(n, canary, share)])),
        );
        expect(mean).toBeLessThanOrEqual(1 + 1e-9);
      }
  });

  it('is at most 1 when the share changes from block to block', () => {
    const trials = both(binomial(8, 0.11), binomial(12, 0.45));
    expect(meanOf(trials, ([a, b]) => Math.exp(evidence([block(8, a, 0.1), block(12, b, 0.5)])))).toBeLessThanOrEqual(
      1 + 1e-9,
    );
  });
});

describe('requests that are counted at other times than those of stable', () => {
  const BLOCKS = 10;
  const displaced = fc.record({
    canary: fc.array(fc.integer({ min: 60, max: 140 }), { minLength: BLOCKS, maxLength: BLOCKS }),
    behind: fc.array(fc.integer({ min: -30, max: 30 }), { minLength: BLOCKS + 1, maxLength: BLOCKS + 1 }),
    steady: fc.integer({ min: -30, max: 30 }),
    gaps: fc.array(fc.boolean(), { minLength: BLOCKS, maxLength: BLOCKS }),
  });

  it('are never evidence that the share is another, whenever that is looked at and begins', () => {
    const onset = { atOnce: 0.1, overBlocks: BLOCKS };
    const late = sampleRatio({ tolerance: 0.1, dispersion: 1, onset });
    fc.assert(
      fc.property(displaced, ({ canary, behind, steady, gaps }) => {
        let [exact, seen] = [late.start, late.start];
        for (const [j, count] of canary.entries()) {
          const [before, after] = [behind[j] as number, behind[j + 1] as number];
          const ends = { from: Math.abs(before - steady), to: Math.abs(after - steady), isApart: gaps[j] === true };
          exact = late.after(exact, { canary: count, stable: 900, share: 0.1 });
          seen = late.after(seen, { canary: count + before - after, stable: 900, share: 0.1, ends });
          expect(late.logEvidence(seen)).toBeLessThanOrEqual(late.logEvidence(exact) + 1e-3);
        }
      }),
    );
  });
});

describe('a share', () => {
  const traffic = (actual: number, configured: number, seed = 1) => {
    const random = seededRandom(seed);
    return Array.from({ length: 40 }, () => block(500, failures(random, 500, actual), configured));
  };

  it('that is too high or too low is found, on its side', () => {
    for (const [actual, side] of [
      [0.14, 'over'],
      [0.07, 'short'],
      [0, 'short'],
    ] as const) {
      const state = traffic(actual, 0.1).reduce(process.after, process.start);
      expect(process.logEvidence(state)).toBeGreaterThan(Math.log(1000));
      expect(sideOf(state)).toBe(side);
    }
  });

  it('that follows the plan is left alone', () => {
    const plan = [...traffic(0.01, 0.01), ...traffic(0.1, 0.1), ...traffic(0.5, 0.5)];
    expect(evidence(plan)).toBeLessThan(0);
  });

  it.each([0, 1, Number.NaN])('of %d is none', (share) => {
    expect(() => process.after(process.start, block(10, 1, share))).toThrow(RangeError);
  });
});
