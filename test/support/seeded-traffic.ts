// Seeded traffic for the tests of src/stats: counts of errors, latencies in buckets, noise.
// Never the real thing: independent requests, or as dependent as said. Called by tests and benchmarks.

import type { Random } from '../../src/lib/random.ts';
import type { Edges } from '../../src/stats/buckets.ts';

/** How many of n requests fail, each with probability p: from one failure to the next, so that rare ones are cheap. */
export function failures(random: Random, n: number, p: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return n;
  const log = Math.log1p(-p);
  let count = 0;
  for (let at = gap(random, log); at <= n; at += gap(random, log)) count += 1;
  return count;
}

const gap = (random: Random, log: number): number => Math.floor(Math.log(1 - random()) / log) + 1;

/** Standard normal (Box and Muller 1958). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** n lognormal latencies, counted in buckets. */
export function latencies(random: Random, n: number, edges: Edges, law: (normal: number) => number): number[] {
  const counts = edges.map(() => 0);
  for (let i = 0; i < n; i += 1) {
    const time = law(normal(random));
    const bucket = edges.findIndex((edge) => time <= edge);
    counts[bucket] = (counts[bucket] as number) + 1;
  }
  return counts;
}

/** The middle one of the sorted values, and the one that 95 % are no more than. */
export function quantilesOf(values: readonly number[]): { readonly median: number; readonly p95: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;
  return { median: at(0.5), p95: at(0.95) };
}
