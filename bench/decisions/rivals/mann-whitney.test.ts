import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hodgesLehmann, insert, mannWhitneyZ } from './mann-whitney.ts';

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** By definition: every pair compared, ties by counting how often each value occurs. */
function bruteZ(x: readonly number[], y: readonly number[]): number {
  let u = 0;
  for (const own of x) for (const other of y) u += own > other ? 1 : own === other ? 0.5 : 0;
  const all = [...x, ...y];
  const n = all.length;
  let ties = 0;
  for (const value of new Set(all)) {
    const t = all.filter((other) => other === value).length;
    ties += t ** 3 - t;
  }
  const variance = ((x.length * y.length) / 12) * (n + 1 - ties / (n * (n - 1)));
  const above = u - (x.length * y.length) / 2;
  return (above - 0.5 * Math.sign(above)) / Math.sqrt(variance);
}

const values = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 25 });

describe('Mann–Whitney', () => {
  it('by hand: 3 above 3 without ties has U = 9, z = (4.5 − 0.5)/√5.25', () => {
    expect(mannWhitneyZ(sorted([4, 5, 6]), sorted([1, 2, 3]))).toBeCloseTo(4 / Math.sqrt(5.25), 12);
  });

  it('by hand: ties get mid-ranks and take from the variance', () => {
    // Ranks of x: 2, 4.5, 6 (of 1 2 3 4 | ties 4.5 4.5): U = 12.5 − 6 = 6.5; Σ(t³ − t) = 6 for one tie of two.
    const z = mannWhitneyZ(sorted([2, 4, 5]), sorted([1, 3, 4]));
    expect(z).toBeCloseTo((6.5 - 4.5 - 0.5) / Math.sqrt((9 / 12) * (7 - 6 / 30)), 12);
  });

  it('is what comparing all pairs gives', () => {
    fc.assert(
      fc.property(values, values, fc.integer({ min: -3, max: 3 }), (x, y, shift) => {
        const expected = bruteZ(
          x.map((value) => value - shift),
          y,
        );
        const z = mannWhitneyZ(sorted(x), sorted(y), shift);
        if (new Set([...x.map((value) => value - shift), ...y]).size === 1) expect(z).toBeNaN();
        else expect(z).toBeCloseTo(expected, 10);
      }),
    );
  });

  it('changes its sign when the two change places', () => {
    fc.assert(
      fc.property(values, values, (x, y) => {
        const [one, other] = [mannWhitneyZ(sorted(x), sorted(y)), mannWhitneyZ(sorted(y), sorted(x))];
        if (!Number.isNaN(one)) expect(one).toBeCloseTo(-other, 10);
      }),
    );
  });
});

describe('sorted values', () => {
  it('stay sorted with each that comes', () => {
    fc.assert(
      fc.property(values, (all) => {
        const own: number[] = [];
        for (const value of all) insert(own, value);
        expect(own).toEqual(sorted(all));
      }),
    );
  });
});

describe('Hodges–Lehmann', () => {
  it('is the middle of all differences, written out', () => {
    const some = fc.array(fc.oneof(fc.integer({ min: 0, max: 6 }), fc.double({ min: -5, max: 5, noNaN: true })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(some, some, (x, y) => {
        const all = sorted(x.flatMap((own) => y.map((other) => own - other)));
        const [low, high] = [all[Math.ceil(all.length / 2) - 1]!, all[Math.floor(all.length / 2)]!];
        expect(hodgesLehmann(sorted(x), sorted(y))).toBeCloseTo((low + high) / 2, 12);
      }),
      { numRuns: 500 },
    );
  });

  it('by hand: the median of 3, 1, 4, 2 is 2.5', () => expect(hodgesLehmann(sorted([4, 5]), sorted([1, 3]))).toBe(2.5));

  it('moves with a shift of one of the two', () => {
    fc.assert(
      fc.property(values, values, fc.integer({ min: -50, max: 50 }), (x, y, shift) => {
        const moved = hodgesLehmann(sorted(x.map((value) => value + shift)), sorted(y));
        expect(moved).toBeCloseTo(hodgesLehmann(sorted(x), sorted(y)) + shift, 10);
      }),
    );
  });
});
