import { describe, expect, it } from 'vitest';
import { ISTIO_EDGES } from '../../test/support/istio-edges.ts';
import { latencies } from '../../test/support/seeded-traffic.ts';
import { seededRandom } from '../lib/random.ts';
import { resolution } from './resolution.ts';

const TOLERANT = { factor: 1.2, extra: 0 };
const counts = (median: number, spread: number, edges = ISTIO_EDGES) =>
  latencies(seededRandom(1), 20_000, edges, (z) => median * Math.exp(spread * z));

describe('buckets', () => {
  it('cannot tell when latency lies in one of them, just below its edge', () => {
    const seen = resolution(ISTIO_EDGES, counts(235, 0.05), TOLERANT);
    expect(seen.canTell).toBe(false);
    expect(ISTIO_EDGES[seen.bucket]).toBe(250);
    expect(seen.misplaced).toBeGreaterThan(0.6);
  });

  it.each([0.05, 0.1, 0.15])('cannot tell when latency hardly varies: a spread of %d', (spread) => {
    expect(resolution(ISTIO_EDGES, counts(235, spread), TOLERANT).canTell).toBe(false);
  });

  it('can tell when latency varies as usual, wherever it lies', () => {
    for (const spread of [0.4, 0.5, 0.8, 1.2])
      for (const median of [3, 8, 20, 50, 80, 120, 235, 400, 900])
        expect({ spread, median, ...resolution(ISTIO_EDGES, counts(median, spread), TOLERANT) }).toMatchObject({
          canTell: true,
        });
  });

  it('can tell when they are narrow, though latency hardly varies', () => {
    const narrow = [...Array.from({ length: 120 }, (_, i) => 2 ** ((i - 8) / 8)), Number.POSITIVE_INFINITY];
    expect(resolution(narrow, counts(235, 0.05, narrow), TOLERANT).canTell).toBe(true);
  });

  it('cannot tell when one of two peaks may lie anywhere in its bucket', () => {
    const random = seededRandom(2);
    const [fast, slow] = [counts(3, 0.4), latencies(random, 20_000, ISTIO_EDGES, (z) => 240 * Math.exp(0.01 * z))];
    expect(
      resolution(
        ISTIO_EDGES,
        fast.map((count, b) => count + (slow[b] as number)),
        TOLERANT,
      ).canTell,
    ).toBe(false);
  });

  it('can tell when the tolerance moves a bucket whole, and when there is none', () => {
    // Up to 15 ms longer: from anywhere in (5, 10] into (10, 25].
    expect(resolution(ISTIO_EDGES, counts(7.5, 0.01), { factor: 1, extra: 15 }).canTell).toBe(true);
    expect(resolution(ISTIO_EDGES, counts(235, 0.01), { factor: 1, extra: 0 })).toMatchObject({
      canTell: true,
      misplaced: 0,
    });
  });

  it('misplace what a logistic law has below an edge beyond an even share; by hand', () => {
    // 2 % lie in the first bucket, anywhere; of the second, which the law rises through, half and not a quarter lie in its strip.
    const seen = resolution([10, 20, 40, Number.POSITIVE_INFINITY], [20, 380, 600, 0], TOLERANT);
    const logit = (share: number) => Math.log(share / (1 - share));
    const strip = Math.log(1.2) / Math.log(2);
    const upTo = 1 / (1 + Math.exp(strip * (logit(0.4) - logit(0.02)) - logit(0.4)));
    expect(seen.misplaced).toBeCloseTo(0.4 - upTo - 0.38 * strip + 0.02 * (1 - Math.log(1.2) / Math.log(10)), 9);
    expect(seen.bucket).toBe(1);
  });

  it('have nothing to tell of no requests', () => {
    expect(
      resolution(
        ISTIO_EDGES,
        ISTIO_EDGES.map(() => 0),
        TOLERANT,
      ),
    ).toMatchObject({ canTell: true, misplaced: 0 });
  });
});
