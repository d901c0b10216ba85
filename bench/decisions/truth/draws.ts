// Draws from the distributions that the truth is made of, each exact up to the 2⁻³² of one uniform number.
// Never keeps a generator: chance is a parameter. Called by the streams.
import type { Random } from '../../../src/lib/random.ts';

/** The binomial distribution: how many of n independent requests fail, each with probability p. */
export function binomial(random: Random, n: number, p: number): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(random, n, 1 - p);
  return n * p < 10 ? byInversion(random, n, p) : byRejection(random, n, p);
}

/** The distribution function is searched from zero: right for n·p below some tens. */
function byInversion(random: Random, n: number, p: number): number {
  const odds = p / (1 - p);
  let left = random();
  let mass = Math.exp(n * Math.log1p(-p));
  let count = 0;
  while (left >= mass && count < n) {
    left -= mass;
    count += 1;
    mass *= (odds * (n - count + 1)) / count;
  }
  return count;
}

/**
 * Transformed rejection with squeeze, n·p ≥ 10 and p ≤ ½: W. Hörmann, "The generation of binomial random variates",
 * J. Statist. Comput. Simul. 46 (1993), algorithm BTRS. The acceptance is the exact ratio of probabilities.
 */
function byRejection(random: Random, n: number, p: number): number {
  const deviation = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const certain = 0.92 - 4.2 / b;
  const mode = Math.floor((n + 1) * p);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + centre);
    if (us >= 0.07 && v <= certain) return k;
    if (k < 0 || k > n || Number.isNaN(k)) continue;
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= logBinomial(n, p, k) - logBinomial(n, p, mode)) return k;
  }
}

/** ln P(X = k). */
export function logBinomial(n: number, p: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log1p(-p);
}

/** ln n!. */
export const logFactorial = (n: number): number => logGamma(n + 1);

/** ln Γ(x) for x > 0, by Stirling's series from 16 on, below it by the recurrence: right to 1e-13 relative. */
export function logGamma(x: number): number {
  let [product, above] = [1, x];
  for (; above < 16; above += 1) product *= above;
  const s = 1 / (above * above);
  const series = (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s / 1680))) / above;
  return (above - 0.5) * Math.log(above) - above + 0.918_938_533_204_672_7 + series - Math.log(product);
}

/** How many requests go well before the next one fails. */
export const geometric = (random: Random, p: number): number =>
  p >= 1 ? 0 : Math.floor(Math.log1p(-random()) / Math.log1p(-p));

/** Poisson by multiplication, in pieces of at most ten, whose sum is Poisson again. */
export function poisson(random: Random, mean: number): number {
  let count = 0;
  for (let left = mean; left > 0; left -= 10) {
    const floor = Math.exp(-Math.min(10, left));
    for (let product = random(); product > floor; product *= random()) count += 1;
  }
  return count;
}

/** Standard normal, Box and Muller 1958. */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log1p(-random())) * Math.cos(2 * Math.PI * random());

/** Failures among requests that come in small blocks: the gaps between them are drawn, not the requests. */
export interface Failures {
  among(n: number, p: number): number;
}

/**
 * Exact, since a gap has no memory: what is left of it holds for the next block, and where p changes it is drawn anew.
 * A block of five requests at one in a thousand costs a comparison.
 */
export function failures(random: Random): Failures {
  let [gap, gapOf, perGap] = [0, Number.NaN, 0];
  const next = (): number => Math.floor(Math.log1p(-random()) / perGap);
  return {
    among(n, p) {
      if (p <= 0) return 0;
      if (n * p > 2 || p > 0.25) return binomial(random, n, p);
      if (p !== gapOf) {
        gapOf = p;
        perGap = Math.log1p(-p);
        gap = next();
      }
      let [left, failed] = [n, 0];
      while (gap < left) {
        left -= gap + 1;
        failed += 1;
        gap = next();
      }
      gap -= left;
      return failed;
    },
  };
}
