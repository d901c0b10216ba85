// `start_timestamp`: when a test's time begins, in seconds or as RFC 3339.
// Never reads a clock. Called by format.ts. Source: promtool's own reading of times.
import type { Millis } from '../lib/clock.ts';
import { parseGoFloat } from '../promql/go-float.ts';

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)$/;

/** Milliseconds either side of 1970 within which all of a test's times, two centuries long, have a date (ECMA-262, 21.4.1.1). */
const LATEST = 8.6e15;

/** Whole milliseconds; undefined for what is no time, or none of a calendar. */
export function parseStart(text: string): Millis | undefined {
  const seconds = parseGoFloat(text);
  const ms = seconds === undefined ? (RFC3339.test(text) ? Date.parse(text) : Number.NaN) : seconds * 1000;
  const whole = Math.trunc(ms);
  return Math.abs(whole) <= LATEST ? whole + 0 : undefined;
}
