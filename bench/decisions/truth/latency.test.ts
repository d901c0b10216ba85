import { describe, expect, it } from 'vitest';
import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import { bucketQuantile, bucketsOf, multinomial, NATIVE_EDGES, phi } from './latency.ts';
import { randomOf } from './random.ts';
import type { LatencyChange, LatencyTruth } from './truth.ts';

const truth = (canary: LatencyChange, edges = ISTIO_EDGES): LatencyTruth => ({
  medianMs: 50,
  logSd: 0.8,
  edges,
  canary,
});
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('latencies', () => {
  it('are normal in their logarithm', () => {
    expect(phi(0)).toBe(0.5);
    expect(phi(1.959_963_984_540_054)).toBeCloseTo(0.975, 14);
    expect(phi(-3)).toBeCloseTo(0.001_349_898_031_630_09, 14);
    expect([phi(9), phi(-9)]).toEqual([1, 0]);
  });

  it('lie in the buckets of their distribution', () => {
    const stable = bucketsOf(truth({}), 'stable');
    expect(sum(stable)).toBeCloseTo(1, 12);
    // Half lies below the median, which is an edge.
    expect(sum(stable.slice(0, 6))).toBeCloseTo(0.5, 12);
    expect(stable[6]).toBeCloseTo(phi(Math.log(2) / 0.8) - 0.5, 12);
    expect(sum(bucketsOf(truth({}, NATIVE_EDGES), 'stable'))).toBeCloseTo(1, 12);
  });

  it('move with the factor, the addition and the tail of the canary', () => {
    expect(bucketsOf(truth({}), 'canary')).toEqual(bucketsOf(truth({}), 'stable'));
    expect(sum(bucketsOf(truth({ factor: 2 }), 'canary').slice(0, 7))).toBeCloseTo(0.5, 12);
    expect(sum(bucketsOf(truth({ addMs: 50 }), 'canary').slice(0, 7))).toBeCloseTo(0.5, 12);
    const tail = bucketsOf(truth({ tail: { share: 0.1, addMs: 5000 } }), 'canary');
    expect(sum(tail.slice(0, 12))).toBeCloseTo(0.9 * sum(bucketsOf(truth({}), 'stable').slice(0, 12)), 12);
  });

  it('are all counted, each bucket as often as it is likely', () => {
    const random = randomOf('multinomial', 0);
    const masses = bucketsOf(truth({}), 'stable');
    const totals = masses.map(() => 0);
    for (let block = 0; block < 20_000; block += 1) {
      const counts = multinomial(random, 10, masses);
      expect(sum(counts)).toBe(10);
      for (const [index, count] of counts.entries()) totals[index]! += count;
    }
    for (const [index, mass] of masses.entries())
      expect(Math.abs(totals[index]! - 2e5 * mass)).toBeLessThan(4.5 * Math.sqrt(2e5 * mass + 1));
  });

  it('have the quantile that Prometheus interpolates', () => {
    const edges = [10, 20, 40, Number.POSITIVE_INFINITY];
    expect(bucketQuantile(0.5, edges, [2, 6, 2, 0])).toBe(15);
    expect(bucketQuantile(0.1, edges, [2, 6, 2, 0])).toBe(5);
    expect(bucketQuantile(0.95, edges, [2, 6, 2, 0])).toBe(35);
    expect(bucketQuantile(0.99, edges, [0, 0, 0, 4])).toBe(40);
    expect(bucketQuantile(0.5, edges, [0, 0, 0, 0])).toBeNaN();
  });
});
