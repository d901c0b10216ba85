import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isotonic } from './isotonic.ts';

/** By all ways to cut the values into runs that share their mean: the best one whose means increase. */
function byBruteForce(values: readonly number[], weights: readonly number[]): { loss: number; result: number[] } {
  const best = { loss: Number.POSITIVE_INFINITY, result: [] as number[] };
  for (let cuts = 0; cuts < 2 ** (values.length - 1); cuts += 1) {
    const result: number[] = [];
    let from = 0;
    for (let to = 1; to <= values.length; to += 1) {
      if (to < values.length && (cuts & (1 << (to - 1))) === 0) continue;
      const weight = weights.slice(from, to).reduce((a, b) => a + b, 0);
      const mean =
        values.slice(from, to).reduce((sum, value, i) => sum + value * (weights[from + i] as number), 0) / weight;
      for (; from < to; from += 1) result.push(mean);
    }
    const rising = result.every((value, i) => i === 0 || value >= (result[i - 1] as number));
    const loss = result.reduce(
      (sum, value, i) => sum + (weights[i] as number) * (value - (values[i] as number)) ** 2,
      0,
    );
    if (rising && loss < best.loss) Object.assign(best, { loss, result });
  }
  return best;
}

const pairs = fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 1, max: 9 })), {
  minLength: 1,
  maxLength: 8,
});

describe('isotonic regression', () => {
  it('is the best of all that increase', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const [values, weights] = [rows.map(([value]) => value), rows.map(([, weight]) => weight)];
        const expected = byBruteForce(values, weights).result;
        for (const [i, value] of isotonic(values, weights).entries())
          expect(value).toBeCloseTo(expected[i] as number, 9);
      }),
    );
  });

  it('leaves alone what increases', () => {
    expect(isotonic([1, 2, 2, 5], [1, 9, 1, 4])).toEqual([1, 2, 2, 5]);
    expect(isotonic([], [])).toEqual([]);
  });

  it('pools by weight', () => {
    expect(isotonic([4, 1], [1, 2])).toEqual([2, 2]);
  });
});
