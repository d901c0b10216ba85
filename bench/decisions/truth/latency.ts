// Lognormal latencies as counts by bucket: Istio's default edges, and a native histogram's of schema 3.
// Never scores them. Called by the streams, Wald's bound and the tests.
import type { Random } from '../../../src/lib/random.ts';
import { binomial } from './draws.ts';
import type { LatencyChange, LatencyTruth } from './truth.ts';

/** Milliseconds: a Prometheus native histogram of schema 3, eight buckets to each doubling, from 0.5 ms on. */
export const NATIVE_EDGES: readonly number[] = [
  ...Array.from({ length: 120 }, (_, index) => 2 ** ((index - 8) / 8)),
  Number.POSITIVE_INFINITY,
];

/** Standard normal distribution function: G. Marsaglia, "Evaluating the Normal Distribution", J. Stat. Softw. 11 (2004). */
export function phi(z: number): number {
  if (z > 8) return 1;
  if (z < -8) return 0;
  let [sum, before, term] = [z, 0, z];
  for (let odd = 3; sum !== before; odd += 2) {
    before = sum;
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * z * z - 0.918_938_533_204_672_7);
}

/** P(latency ≤ ms) of stable, with the median at `level` times its own. */
const stableCdf = ({ medianMs, logSd }: LatencyTruth, level: number, ms: number): number => {
  if (ms <= 0) return 0;
  return ms === Number.POSITIVE_INFINITY ? 1 : phi(Math.log(ms / (medianMs * level)) / logSd);
};

function canaryCdf(truth: LatencyTruth, level: number, ms: number): number {
  const { factor = 1, addMs = 0, tail }: LatencyChange = truth.canary;
  const all = stableCdf(truth, level * factor, ms - addMs);
  if (tail === undefined) return all;
  const late = stableCdf(truth, level * factor * (tail.factor ?? 1), ms - addMs - (tail.addMs ?? 0));
  return (1 - tail.share) * all + tail.share * late;
}

/** The probability of each bucket, for one version. */
export function bucketsOf(truth: LatencyTruth, version: 'canary' | 'stable', level = 1): readonly number[] {
  const cdf = version === 'canary' ? canaryCdf : stableCdf;
  let below = 0;
  return truth.edges.map((edge) => {
    const upTo = cdf(truth, level, edge);
    const mass = Math.max(0, upTo - below);
    below = upTo;
    return mass;
  });
}

/** n requests over the buckets: a binomial for each, given those before. */
export function multinomial(random: Random, n: number, masses: readonly number[]): readonly number[] {
  let [left, mass] = [n, 1];
  return masses.map((own, index) => {
    if (left === 0) return 0;
    const count = index === masses.length - 1 ? left : binomial(random, left, own >= mass ? 1 : own / mass);
    left -= count;
    // What is left of one after many subtractions is not quite zero.
    mass = Math.max(1e-300, mass - own);
    return count;
  });
}

/** Prometheus' histogram_quantile: linear inside a bucket, from zero in the first; the last finite edge in the last. */
export function bucketQuantile(q: number, edges: readonly number[], counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return Number.NaN;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    if (below + count >= q * total && count > 0) {
      const low = index === 0 ? 0 : edges[index - 1]!;
      const high = edges[index]!;
      return high === Number.POSITIVE_INFINITY ? low : low + ((high - low) * (q * total - below)) / count;
    }
    below += count;
  }
  return edges.at(-2)!;
}
