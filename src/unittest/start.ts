// `start_timestamp`: when a test's time begins, in seconds or as RFC 3339.
// Never reads a clock. Called by format.ts. Source: promtool's own reading of times.
import type { Millis } from '../lib/clock.ts';
import { parseGoFloat } from '../promql/go-float.ts';

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)$/;

/** Whole milliseconds; undefined for what is no time. */
export function parseStart(text: string): Millis | undefined {
  const seconds = parseGoFloat(text);
  const ms = seconds === undefined ? (RFC3339.test(text) ? Date.parse(text) : Number.NaN) : seconds * 1000;
  const whole = Math.trunc(ms);
  return Number.isSafeInteger(whole) ? whole + 0 : undefined;
}
