import { describe, expect, it } from 'vitest';
import { failures, normal } from '../../test/support/seeded-traffic.ts';
import { seededRandom } from '../lib/random.ts';
import { blockLength, dispersionOf, latencyDispersionOf } from './noise.ts';

describe('the length of a gauge’s blocks', () => {
  /** Points of a process with this lag-1 correlation. */
  const series = (correlation: number, points: number) => {
    const random = seededRandom(3);
    let value = 0;
    return Array.from({ length: points }, () => {
      value = correlation * value + normal(random);
      return value;
    });
  };

  it.each([0, 0.3, 0.6, 0.8, 0.9])('is about three correlation times: lag-1 correlation %d', (correlation) => {
    const points = 3 * ((1 + correlation) / (1 - correlation));
    const length = blockLength(series(correlation, 2000), 5, 0);
    expect(length).toBeGreaterThan(5 * points * 0.8);
    expect(length).toBeLessThan(5 * points * 1.3 + 10);
  });

  it('is never below the shortest, which is all that can be said without history', () => {
    expect(blockLength(series(0, 500), 5, 30)).toBe(30);
    for (const nothing of [[], [1], [1, 2, 3], [4, 4, 4, 4, 4]]) expect(blockLength(nothing, 5, 30)).toBe(30);
  });

  it('is hardly shorter when little is known', () => {
    const known = series(0.8, 4000);
    expect(blockLength(known.slice(0, 60), 5, 0)).toBeGreaterThan(0.4 * blockLength(known, 5, 0));
    expect(Number.isFinite(blockLength([1, 2, 3, 4, 5, 6], 5, 0))).toBe(true);
  });
});

describe('the dispersion of errors', () => {
  const halves = (cluster: number, blocks: number, [one, other] = [3000, 3000]) => {
    const random = seededRandom(4);
    const half = (requests: number) => ({ requests, errors: cluster * failures(random, requests / cluster, 0.01) });
    return Array.from({ length: blocks }, () => ({ one: half(one), other: half(other) }));
  };

  it.each([2, 5, 10])('is that of clusters of %i, a little more', (cluster) => {
    const seen = dispersionOf(halves(cluster, 120));
    expect(seen).toBeGreaterThan(cluster * 0.75);
    expect(seen).toBeLessThan(cluster * 1.6);
  });

  it('is near 1 for independent requests, and 1 at least', () => {
    expect(dispersionOf(halves(1, 120))).toBeGreaterThanOrEqual(1);
    expect(dispersionOf(halves(1, 120))).toBeLessThan(1.5);
    expect(dispersionOf([{ one: { requests: 10, errors: 1 }, other: { requests: 10, errors: 1 } }])).toBe(1);
  });

  it('is not mistaken for halves of different size', () => {
    expect(dispersionOf(halves(1, 120, [1000, 5000]))).toBeLessThan(1.6);
  });

  it('is 1.15 · Σ (x − y)² / Σ (x + y) for equal halves', () => {
    const block = (x: number, y: number) => ({ one: { requests: 50, errors: x }, other: { requests: 50, errors: y } });
    expect(dispersionOf([block(9, 1), block(2, 4)])).toBeCloseTo((1.15 * (64 + 4)) / 16, 12);
  });

  it('is 1 where nothing failed', () => {
    expect(dispersionOf([])).toBe(1);
    expect(dispersionOf([{ one: { requests: 0, errors: 0 }, other: { requests: 0, errors: 0 } }])).toBe(1);
    expect(
      dispersionOf(halves(1, 3).map(({ one }) => ({ one: { ...one, errors: 0 }, other: { ...one, errors: 0 } }))),
    ).toBe(1);
  });
});

describe('how much more slow answers scatter than chance', () => {
  const EDGES = 4;
  /** 3,000 requests of each half in 30 s, a twentieth above the second edge. */
  const usual = (random: () => number) => {
    const slow = failures(random, 3000, 0.05);
    return [2000, 1000 - slow, slow, 0, 0];
  };
  const blocks = (seed: number, count: number, stall: (block: number, half: number) => number) => {
    const random = seededRandom(seed);
    return Array.from({ length: count }, (_, block) => {
      const half = (which: number) => usual(random).with(EDGES, stall(block, which));
      return { one: half(0), other: half(1) };
    });
  };

  it('is none where chance explains it', () => {
    const found = Array.from({ length: 40 }, (_, seed) => latencyDispersionOf(blocks(seed + 1, 20, () => 0)));
    expect(found.filter((dispersion) => dispersion > 1).length).toBeLessThanOrEqual(2);
  });

  it('is about as many as are slow together, where a pod stops now and then', () => {
    // One of the halves stops for a second, twice in ten minutes: a hundred requests each time.
    const stalls = (block: number, half: number) => (block % 10 === 3 && half === 0 ? 100 : 0);
    const dispersion = latencyDispersionOf(blocks(7, 20, stalls));
    expect(dispersion).toBeGreaterThan(50);
    expect(dispersion).toBeLessThan(150);
  });

  it('says nothing of a few requests, nor of none', () => {
    expect(latencyDispersionOf(blocks(3, 20, (block) => (block === 4 ? 12 : 0)))).toBe(1);
    expect(latencyDispersionOf([])).toBe(1);
  });
});
