import { describe, expect, it } from 'vitest';
import { AT_ONCE, bet, logWealth, mixtureOf, prior, sharedAnew, startMixture } from './mixture.ts';

const HALF_LATE = { atOnce: 0.5, overBlocks: 4 };
const WIN = Math.log(3);

describe('a mixture', () => {
  it('begins with an evidence of 1', () => {
    for (const onset of [AT_ONCE, HALF_LATE]) {
      const shares = prior([0.2, 0.3, 0.5], onset);
      expect(logWealth(shares, startMixture(shares))).toBeCloseTo(0, 8);
    }
  });

  it('is the weighted mean of its strategies', () => {
    const shares = prior([0.25, 0.75], AT_ONCE);
    const state = bet(shares, bet(shares, startMixture(shares), [WIN, 0]), [WIN, -1]);
    expect(Math.exp(logWealth(shares, state))).toBeCloseTo(0.25 * 9 + 0.75 * Math.exp(-1), 7);
  });

  it('has given away what is missing of the weights', () => {
    const shares = prior([0.25], AT_ONCE);
    expect(Math.exp(logWealth(shares, startMixture(shares)))).toBeCloseTo(0.25, 8);
    expect(Math.exp(logWealth(shares, bet(shares, startMixture(shares), [WIN])))).toBeCloseTo(0.75, 8);
  });

  it('remembers its best, however much is lost again', () => {
    const shares = prior([1], AT_ONCE);
    const high = bet(shares, startMixture(shares), [5]);
    const low = bet(shares, high, [-9]);
    expect(low.best).toBe(high.best);
    expect(high.best).toBeCloseTo(5, 8);
  });

  it('refuses weights and onsets that are none', () => {
    for (const weights of [[0.7, 0.7], [0, 1], [-1]])
      expect(() => startMixture(prior(weights, AT_ONCE))).toThrow(RangeError);
    for (const onset of [
      { atOnce: 0, overBlocks: 4 },
      { atOnce: 1.5, overBlocks: 4 },
      { atOnce: 0.5, overBlocks: 0 },
    ])
      expect(() => startMixture(prior([1], onset))).toThrow(RangeError);
  });
});

describe('wealth that is kept back', () => {
  const shares = prior([1], HALF_LATE);
  const folded = (factors: readonly number[]) =>
    factors.reduce((state, factor) => bet(shares, state, [factor]), startMixture(shares));

  it('begins in equal portions before the second and each following block', () => {
    // By hand: half at once; an eighth more before each of four blocks.
    const wealth = [3 * 0.5, 3 * (3 * 0.5 + 0.125), 3 * (3 * (3 * 0.5 + 0.125) + 0.125)];
    const kept = [0.5, 0.375, 0.25];
    for (const [i, value] of wealth.entries())
      expect(Math.exp(logWealth(shares, folded(Array<number>(i + 1).fill(WIN))))).toBeCloseTo(
        value + (kept[i] as number),
        6,
      );
  });

  it('is neither lost nor made: without wins the evidence stays 1', () => {
    for (const blocks of [1, 2, 4, 5, 6, 50])
      expect(logWealth(shares, folded(Array<number>(blocks).fill(0)))).toBeCloseTo(0, 6);
  });

  it('finds what begins late, where wealth that began at once is lost', () => {
    const late = [-20, -20, -20, WIN, WIN, WIN];
    expect(logWealth(shares, folded(late))).toBeGreaterThan(0);
    const atOnce = prior([1], AT_ONCE);
    const without = late.reduce((state, factor) => bet(atOnce, state, [factor]), startMixture(atOnce));
    expect(logWealth(atOnce, without)).toBeLessThan(-50);
  });
});

describe('what is unsure at the ends of blocks', () => {
  const shares = prior([1], AT_ONCE);
  const first = bet(shares, startMixture(shares), [WIN], { from: [-0.1], to: [-0.5], isApart: false });
  const then = (isApart: boolean) => bet(shares, first, [WIN], { from: [-0.25], to: [0], changed: [-0.01], isApart });

  it('is taken off at the start of the first block for good, and at its end while that is the last', () => {
    expect(first.logs[0]).toBeCloseTo(WIN - 0.1, 8);
    expect(logWealth(shares, first)).toBeCloseTo(WIN - 0.1 - 0.5, 8);
  });

  it('is nothing between blocks that follow each other, but for what is worth another price in the second', () => {
    expect(logWealth(shares, then(false))).toBeCloseTo(2 * WIN - 0.1 - 0.01, 8);
  });

  it('is taken off for good on both sides of a gap', () => {
    expect(logWealth(shares, then(true))).toBeCloseTo(2 * WIN - 0.1 - 0.5 - 0.25, 8);
  });
});

describe('wealth that is shared anew', () => {
  const shares = prior([0.25, 0.75], AT_ONCE);
  const won = bet(shares, startMixture(shares), [WIN, -20]);

  it('is as much as before', () => {
    for (const part of [1e-9, 0.3, 1])
      expect(logWealth(shares, sharedAnew(shares, won, part))).toBeCloseTo(logWealth(shares, won), 8);
  });

  it('is no more than before, of what is sure, where a part of it is unsure', () => {
    const unsure = { ...won, unsure: [-5, 0] };
    for (const part of [1e-9, 0.3, 1])
      expect(logWealth(shares, sharedAnew(shares, unsure, part))).toBeLessThanOrEqual(logWealth(shares, unsure) + 1e-8);
  });

  it('goes by the weights to strategies that lost theirs', () => {
    const [first = 0, second = 0] = sharedAnew(shares, won, 0.1).logs.map(Math.exp);
    expect(first).toBeCloseTo(0.75 * 0.9 + 0.75 * 0.1 * 0.25, 6);
    expect(second).toBeCloseTo(0.75 * 0.1 * 0.75, 6);
  });
});

describe('a process made of a mixture', () => {
  const coin = mixtureOf<number>(prior([1], HALF_LATE), (factor) => (factor === 0 ? undefined : [factor]));

  it('passes over blocks that say nothing, which do not count for the onset either', () => {
    expect(coin.after(coin.start, 0)).toBe(coin.start);
    expect(coin.after(coin.after(coin.start, WIN), 0).blocks).toBe(1);
  });

  it('says what a block would do', () => {
    expect(coin.factors(coin.start, WIN)).toEqual([WIN]);
  });
});
