import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ask, given, rounded } from '../../../test/support/series-notation.ts';
import { bucketQuantile } from './histogram-quantile.ts';

const Inf = Number.POSITIVE_INFINITY;

const quantileOf = (q: number, buckets: Readonly<Record<string, number>>): number =>
  bucketQuantile(
    q,
    Object.entries(buckets).map(([bound, count]) => ({ bound: Number(bound), count })),
  );

// 10 observations up to 0.1, 20 up to 0.2, 10 up to 0.4, 10 beyond.
const USUAL = { '0.1': 10, '0.2': 30, '0.4': 40, Infinity: 50 };

describe('bucketQuantile', () => {
  it.each([
    [0.1, 0.05],
    [0.2, 0.1],
    [0.4, 0.15],
    [0.6, 0.2],
    [0.7, 0.3],
    [0.8, 0.4],
    // In the last bucket nobody knows: the highest finite bound.
    [0.9, 0.4],
    [1, 0.4],
    [0, 0],
    [-0.1, -Inf],
    [1.1, Inf],
    [Number.NaN, Number.NaN],
  ])('interpolates within the bucket: %d-quantile is %d', (q, wanted) => {
    expect(rounded(quantileOf(q, USUAL))).toBe(wanted);
  });

  it('has no 0-quantile where the first bucket is empty', () => {
    expect(quantileOf(0, { 1: 0, 2: 5, Infinity: 5 })).toBeNaN();
    expect(quantileOf(1e-6, { 1: 0, 2: 5, Infinity: 5 })).toBeCloseTo(1, 5);
  });

  it('does not care for the order of buckets', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([10, 20, 30, 40], { minLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (order, q) => {
          const buckets = [...order.map((bound) => ({ bound, count: bound * 2 })), { bound: Inf, count: 100 }];
          expect(bucketQuantile(q, buckets)).toBe(bucketQuantile(q, buckets.toReversed()));
        },
      ),
    );
  });

  it('is NaN without a +Inf bucket, with that alone, and without observations', () => {
    expect(quantileOf(0.5, { '0.1': 10, '0.2': 30 })).toBeNaN();
    expect(quantileOf(0.5, { Infinity: 30 })).toBeNaN();
    expect(quantileOf(0.5, { '0.1': 0, Infinity: 0 })).toBeNaN();
    expect(bucketQuantile(0.5, [])).toBeNaN();
  });

  it('starts the first bucket at zero, unless its bound is not positive', () => {
    expect(quantileOf(0.25, { 2: 10, Infinity: 10 })).toBe(0.5);
    expect(quantileOf(0.25, { '-5': 5, 1: 10, Infinity: 10 })).toBe(-5);
    expect(quantileOf(0.75, { '-5': 5, 1: 10, Infinity: 10 })).toBe(-2);
    expect(quantileOf(0.25, { 0: 5, 1: 10, Infinity: 10 })).toBe(0);
  });

  it('raises counts that fall to the bucket below', () => {
    expect(quantileOf(0.5, { '0.1': 10, '0.2': 8, '0.4': 12, Infinity: 12 })).toBeCloseTo(0.06, 12);
    expect(quantileOf(0.9, { '0.1': 10, '0.2': 8, '0.4': 12, Infinity: 12 })).toBeCloseTo(0.2 + 0.2 * (0.8 / 2), 12);
  });

  it('takes differences by rounding for none', () => {
    // 0.2 and 0.4 hold nothing but rounding: the 1-quantile is in the first bucket.
    expect(quantileOf(1, { '0.1': 10, '0.2': 10 + 2e-12, '0.4': 10 - 2e-12, Infinity: 10 + 4e-12 })).toBe(0.1);
  });

  it('never falls with q and stays within the finite bounds', () => {
    const counts = fc.array(fc.nat(100), { minLength: 3, maxLength: 3 });
    // Not 0: the 0-quantile in an empty first bucket is 0/0, as in Prometheus.
    const q = fc.double({ min: 1e-6, max: 1, noNaN: true });
    fc.assert(
      fc.property(counts, q, q, ([a = 0, b = 0, c = 0], one, other) => {
        fc.pre(a + b + c > 0);
        const buckets = { 1: a, 2: a + b, 4: a + b + c, Infinity: a + b + c };
        const low = quantileOf(Math.min(one, other), buckets);
        const high = quantileOf(Math.max(one, other), buckets);
        expect(low).toBeLessThanOrEqual(high + 1e-9);
        expect(high).toBeLessThanOrEqual(4);
      }),
    );
  });
});

describe('histogram_quantile', () => {
  const reader = given('1m', {
    'h_bucket{job="a", le="0.1"}': '0 10',
    'h_bucket{job="a", le="0.2"}': '0 20',
    'h_bucket{job="a", le="+Inf"}': '0 20',
    'h_bucket{job="b", le="0.1"}': '0 20',
    'h_bucket{job="b", le="0.2"}': '0 20',
    'h_bucket{job="b", le="+Inf"}': '0 20',
    'h_bucket{job="b", le="wide"}': '0 99',
    'h_count{job="b"}': '0 20',
  });

  it('makes one number of each histogram and ignores what is no bucket', () => {
    expect(ask(reader, 'histogram_quantile(0.75, {__name__=~"h_.*"})', '1m')).toEqual({
      '{job="a"}': 0.1 + 0.1 * 0.5,
      '{job="b"}': 0.1 * 0.75,
    });
  });

  it('works on rates and sums by le', () => {
    const answer = ask(reader, 'histogram_quantile(0.5, sum by (le) (rate(h_bucket[61s])))', '1m');
    expect(Object.values(answer)[0]).toBeCloseTo(0.1 * (20 / 30), 12);
  });

  it('takes buckets written differently for one', () => {
    const twice = given('1m', { 'h_bucket{le="1"}': '2', 'h_bucket{le="1.0"}': '2', 'h_bucket{le="+Inf"}': '4' });
    expect(ask(twice, 'histogram_quantile(0.5, h_bucket)')).toEqual({ '{}': 0.5 });
  });

  it('refuses two histograms that only their names told apart', () => {
    const two = given('1m', { 'g_bucket{le="+Inf"}': '2', 'h_bucket{le="+Inf"}': '4' });
    expect(() => ask(two, 'histogram_quantile(0.5, {le=~".+"})')).toThrow('same labelset');
  });
});
