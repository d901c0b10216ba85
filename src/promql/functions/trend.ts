// Where a gauge is heading: linear regression over its window, and double exponential smoothing.
// Semantics: Prometheus 3, promql/functions.go. Called through functions/table.ts.
import type { Millis } from '../../lib/clock.ts';
import { formatGoFixed } from '../go-float.ts';
import { CompensatedSum } from '../numbers.ts';
import { PromqlEvaluationError } from '../value.ts';
import { overWindow } from './shapes.ts';
import type { Window } from './window.ts';

/** Least squares; `intercept` is the line's value at the moment `zero`. */
function regression({ times, values }: Window, zero: Millis): { slope: number; intercept: number } {
  const [first = Number.NaN] = values;
  // Exactly, where rounding would tilt the line.
  if (values.every((value) => value === first)) {
    const known = Number.isFinite(first);
    return { slope: known ? 0 : Number.NaN, intercept: known ? first : Number.NaN };
  }
  const sums = { x: new CompensatedSum(), y: new CompensatedSum(), xy: new CompensatedSum(), xx: new CompensatedSum() };
  for (const [index, y] of values.entries()) {
    const x = ((times[index] ?? 0) - zero) / 1000;
    sums.x.add(x);
    sums.y.add(y);
    sums.xy.add(x * y);
    sums.xx.add(x * x);
  }
  const count = values.length;
  const [x, y] = [sums.x.value, sums.y.value];
  const slope = (sums.xy.value - (x * y) / count) / (sums.xx.value - (x * x) / count);
  return { slope, intercept: y / count - (slope * x) / count };
}

/** Per second. */
export const deriv = overWindow((window) =>
  window.count < 2 ? undefined : regression(window, window.timeAt(0)).slope,
);

/** Seconds ahead of now, even where the window lies in the past. */
export const predictLinear = overWindow(
  (window, [ahead = Number.NaN], now) => {
    if (window.count < 2) return undefined;
    const { slope, intercept } = regression(window, now);
    return slope * ahead + intercept;
  },
  { scalarsLast: 1, readsClock: true },
);

/** Holt's linear method: the level and its trend, each smoothed by a factor between 0 and 1. */
export const doubleExponentialSmoothing = overWindow(
  ({ values }, [smoothing = Number.NaN, trending = Number.NaN]) => {
    checkFactor('smoothing', 'sf', smoothing);
    checkFactor('trend', 'tf', trending);
    const [first, second] = values;
    if (first === undefined || second === undefined) return undefined;
    let before = 0;
    let level = first;
    let trend = second - first;
    for (let i = 1; i < values.length; i += 1) {
      if (i > 1) trend = trending * (level - before) + (1 - trending) * trend;
      before = level;
      level = smoothing * (values[i] ?? Number.NaN) + (1 - smoothing) * (level + trend);
    }
    return level;
  },
  { scalarsLast: 2 },
);

function checkFactor(name: string, short: string, factor: number): void {
  if (!(factor <= 0 || factor >= 1)) return;
  const found = formatGoFixed(factor);
  throw new PromqlEvaluationError(`invalid ${name} factor. Expected: 0 < ${short} < 1, got: ${found}`);
}
