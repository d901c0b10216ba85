// What stable's own past says of noise: how long a block of a gauge has to be, how much more counts scatter than chance.
// Never looks at the canary: noise that is estimated from what is judged hides it. Called by analysis before a comparison.
import { slowerThan } from './buckets.ts';
import { checkCount, type Outcomes } from './rate.ts';

/**
 * Blocks of so many autocorrelation times: false alarms at the nominal level up to a lag-1 correlation of 0.9 (facts,
 * A3).
 */
const TIMES = 3;
const HIGHEST_CORRELATION = 0.98;

/**
 * How long a block of a gauge is, in the unit of `spacing`: at least `shortest`, and three times the integrated
 * autocorrelation time (1 + φ)/(1 − φ) points, with φ the lag-1 correlation of `series`: ln(one half of stable's pods
 * / the other half), one value each `spacing`. φ is corrected for the bias of short series, (1 + 3φ)/n (Marriott and
 * Pope 1954); a series without variation or of fewer than four points says nothing, and the shortest is returned.
 */
export function blockLength(series: readonly number[], spacing: number, shortest: number): number {
  const correlation = lagOne(series);
  const time = (1 + correlation) / (1 - correlation);
  return Math.max(shortest, Math.ceil(TIMES * time) * spacing);
}

function lagOne(series: readonly number[]): number {
  const n = series.length;
  if (n < 4) return 0;
  const mean = series.reduce((sum, value) => sum + value, 0) / n;
  const off = series.map((value) => value - mean);
  const variance = off.reduce((sum, value) => sum + value * value, 0);
  if (!(variance > 0)) return 0;
  const product = off.slice(1).reduce((sum, value, i) => sum + value * (off[i] as number), 0);
  const raw = product / variance;
  return Math.min(Math.max(0, raw + (1 + 3 * raw) / n), HIGHEST_CORRELATION);
}

/** Both halves of stable's pods in the same block, some 30 s long. */
export interface Halves {
  readonly one: Outcomes;
  readonly other: Outcomes;
}

/** So much is added to the estimate, since it is one. */
const CAUTION = 1.15;

/**
 * How much more the errors of two halves of stable's pods differ than those of independent requests would: variance
 * over mean, at least 1 (`dispersion` everywhere here). Of the errors of a block, one half should have its part of the
 * requests, θ, with a variance of θ(1 − θ) each: 1.15 · Σ (x − θ·(x + y))² / Σ θ(1 − θ)·(x + y); with equal halves
 * 1.15 · Σ (x − y)² / Σ (x + y). An hour of history does; the time of the canary alone does not (facts, A5). 1 where
 * there were no errors.
 */
export function dispersionOf(blocks: readonly Halves[]): number {
  const ratio = scatterOf(blocks);
  return ratio === undefined ? 1 : Math.max(1, CAUTION * ratio);
}

/** Of the requests of both halves of stable's pods in the same block, how many were in each bucket. */
export interface BucketHalves {
  readonly one: readonly number[];
  readonly other: readonly number[];
}

/** Of chance alone some seven edges in a thousand go so far beyond it in twenty blocks (standard deviations; χ² has a long tail). */
const BEYOND_CHANCE = 3;
/** Fewer slow requests than these say nothing of how they scatter. */
const ENOUGH_SLOW = 20;

/**
 * The same for latencies: a pod that stops for a second makes all of its requests of that second slow, and that is one thing that
 * happened, not a hundred. For each edge of the buckets the requests that are slower than it are taken as errors; of those whose
 * scatter chance does not explain (beyond 1 + 3·√(2/n) in n blocks, by the variance of χ²/n) the largest, and 1 where chance explains
 * all. Requests that are only slow together now and then make no edge worse, and cost no power.
 */
export function latencyDispersionOf(blocks: readonly BucketHalves[]): number {
  const chance = 1 + BEYOND_CHANCE * Math.sqrt(2 / Math.max(1, blocks.length));
  const edges = Math.max(0, (blocks[0]?.one.length ?? 0) - 1);
  const ratios = Array.from({ length: edges }, (_, edge) => {
    const slower = blocks.map(({ one, other }) => ({ one: slowerThan(edge, one), other: slowerThan(edge, other) }));
    const slow = slower.reduce((sum, { one, other }) => sum + one.errors + other.errors, 0);
    return slow < ENOUGH_SLOW ? 1 : (scatterOf(slower) ?? 1);
  });
  const most = Math.max(1, ...ratios);
  return most > chance ? CAUTION * most : 1;
}

/** Variance over mean; undefined where there is nothing to tell it from. */
function scatterOf(blocks: readonly Halves[]): number | undefined {
  let [differing, expected] = [0, 0];
  for (const { one, other } of blocks) {
    checkCount(one.requests, one.errors, other.requests, other.errors);
    const requests = one.requests + other.requests;
    if (requests === 0) continue;
    const part = one.requests / requests;
    const errors = one.errors + other.errors;
    differing += (one.errors - part * errors) ** 2;
    expected += part * (1 - part) * errors;
  }
  return expected > 0 ? differing / expected : undefined;
}
