// Wald's bound: how many requests any sequential test needs on average; reports print it beside what was needed.
// Never a test. Called by analysis and by benchmarks.
import { checkTolerance, type Rates, type RateTolerance, tolerated } from './rate.ts';

/** What is wanted of a test. */
export interface Wanted {
  readonly alpha: number;
  /** The probability to find what is true. */
  readonly power: number;
}

export interface BoundOptions extends Wanted {
  /** What is true. */
  readonly rates: Rates;
  /** The canary's part of all requests: 0.5 when each of stable's is copied. */
  readonly canaryShare: number;
  readonly tolerance: RateTolerance;
}

export interface Bound {
  /** Of both versions together. */
  readonly requests: number;
  readonly canaryRequests: number;
}

/** Evidence that any such test needs on average: power·ln(power/alpha) + (1 − power)·ln((1 − power)/(1 − alpha)) (Wald 1945). */
export const neededNats = ({ alpha, power }: Wanted): number =>
  power * Math.log(power / alpha) + (1 - power) * Math.log((1 - power) / (1 - alpha));

/**
 * Requests W/D with W = `neededNats` and D what a request tells apart at best: share·kl(canary, p) + (1 − share)·kl(stable, q), least over the rates p = factor·q +
 * points at the edge of the tolerance, since neither rate is known.
 * The same for both directions: within the tolerance it bounds the promotion. Undefined exactly at the tolerance,
 * where nothing can be found.
 */
export function waldBound({ rates, canaryShare, tolerance, alpha, power }: BoundOptions): Bound | undefined {
  checkTolerance(tolerance);
  const nats = neededNats({ alpha, power });
  const told = (stable: number): number =>
    canaryShare * divergence(rates.canary, tolerated(tolerance, stable)) +
    (1 - canaryShare) * divergence(rates.stable, stable);
  const each = told(leastOf(told, 0, (1 - tolerance.points) / tolerance.factor));
  if (!(each > 1e-15)) return undefined;
  return { requests: nats / each, canaryRequests: (canaryShare * nats) / each };
}

/** Kullback and Leibler's, of one coin from another, in nats. */
function divergence(a: number, b: number): number {
  const part = (x: number, y: number): number => (x === 0 ? 0 : x * Math.log(x / y));
  return part(a, b) + part(1 - a, 1 - b);
}

/** Where a convex function is least: by thirds. */
function leastOf(f: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, Math.min(1, to)];
  for (let i = 0; i < 200; i += 1) {
    const [left, right] = [low + (high - low) / 3, high - (high - low) / 3];
    if (f(left) <= f(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}
