import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ISTIO_EDGES } from '../../test/support/istio-edges.ts';
import { bucketOf, checkEdges, exactMap, fastest, interpolatedMap, moved, slowest } from './buckets.ts';

const SIMPLE = [1, 2, 4, 8, Number.POSITIVE_INFINITY];
const tolerance = fc.record({
  factor: fc.double({ min: 1, max: 40, noNaN: true }),
  extra: fc.double({ min: 0, max: 900, noNaN: true }),
});
const masses = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), {
  minLength: ISTIO_EDGES.length,
  maxLength: ISTIO_EDGES.length,
});
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
/** Σ up to each bucket: a law is slower than another where none of its sums is larger. */
const upTo = (values: readonly number[]) => values.map((_, b) => sum(values.slice(0, b + 1)));

describe.each([
  ['interpolated', interpolatedMap],
  ['exact', exactMap],
])('the %s map', (_, mapOf) => {
  it('conserves mass, and makes nothing faster', () => {
    fc.assert(
      fc.property(tolerance, masses, (tolerated, law) => {
        const after = moved(
          law,
          mapOf(ISTIO_EDGES, (time) => slowest(tolerated, time)),
        );
        expect(sum(after)).toBeCloseTo(sum(law), 8);
        for (const [b, value] of upTo(after).entries())
          expect(value).toBeLessThanOrEqual((upTo(law)[b] as number) + 1e-8);
      }),
    );
  });

  it('moves nothing when nothing is tolerated', () => {
    const law = [1, 2, 3, 4, 5];
    expect(
      moved(
        law,
        mapOf(SIMPLE, (time) => time),
      ),
    ).toEqual(law);
  });
});

describe('the exact map', () => {
  it('is never faster than the interpolated one, nor than any law inside the buckets', () => {
    fc.assert(
      fc.property(tolerance, masses, fc.double({ min: 0, max: 1, noNaN: true }), (tolerated, law, at) => {
        const move = (time: number) => slowest(tolerated, time);
        const exact = upTo(moved(law, exactMap(ISTIO_EDGES, move)));
        const interpolated = upTo(moved(law, interpolatedMap(ISTIO_EDGES, move)));
        // All requests of each bucket at one place inside it.
        const placed = law.map(() => 0);
        for (const [b, mass] of law.entries()) {
          const [low, high] = [b === 0 ? 0 : (ISTIO_EDGES[b - 1] as number), ISTIO_EDGES[b] as number];
          const time = Number.isFinite(high) ? low + at * (high - low) : low * 2;
          const to = bucketOf(ISTIO_EDGES, move(at === 0 && b > 0 ? low * 1.000001 : time));
          placed[to] = (placed[to] as number) + mass;
        }
        for (const [b, value] of exact.entries()) {
          expect(value).toBeLessThanOrEqual((interpolated[b] as number) + 1e-8);
          expect(value).toBeLessThanOrEqual((upTo(placed)[b] as number) + 1e-8);
        }
      }),
    );
  });
});

describe('the interpolated map', () => {
  it('spreads evenly in the logarithm', () => {
    // 1…2 becomes 1.5…3: up to 2 is ln(2/1.5)/ln 2 of it.
    const [, second] = interpolatedMap(SIMPLE, (time) => 1.5 * time);
    const stays = Math.log(2 / 1.5) / Math.log(2);
    expect(second?.map(([bucket]) => bucket)).toEqual([1, 2]);
    expect(second?.[0]?.[1]).toBeCloseTo(stays, 12);
    expect(second?.[1]?.[1]).toBeCloseTo(1 - stays, 12);
  });
});

describe('a tolerance of latency', () => {
  it('is a factor or so much longer, whichever is more; and back', () => {
    const tolerated = { factor: 1.2, extra: 15 };
    expect(slowest(tolerated, 50)).toBe(65);
    expect(slowest(tolerated, 100)).toBe(120);
    fc.assert(
      fc.property(tolerance, fc.double({ min: 0.1, max: 1e5, noNaN: true }), (one, time) => {
        expect(fastest(one, slowest(one, time))).toBeCloseTo(time, 6);
      }),
    );
  });
});

describe('edges', () => {
  it.each([
    [[1, 2]],
    [[2, 1, Number.POSITIVE_INFINITY]],
    [[0, 1, Number.POSITIVE_INFINITY]],
    [[Number.POSITIVE_INFINITY]],
    [[Number.NaN, Number.POSITIVE_INFINITY]],
  ])('%j are refused', (edges) => {
    expect(() => checkEdges(edges)).toThrow(RangeError);
  });

  it('belong to the bucket below, as Prometheus has it', () => {
    expect(bucketOf(SIMPLE, 2)).toBe(1);
    expect(bucketOf(SIMPLE, 2.01)).toBe(2);
    expect(bucketOf(SIMPLE, 99)).toBe(4);
  });
});
