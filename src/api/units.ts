// Values with units in a policy: shares ("10%"), durations ("5m"), spans ("5m..30m"), methods; and what is wrong with a text that is none.
// Never rounds and never assumes a unit. Called by the schema, and by everyone who reads a validated policy.
import { parseDuration } from '../lib/duration.ts';
import { parseShare } from '../lib/share.ts';
import type { Fault } from './shape.ts';

export const SHARE_ACCEPTED = 'a share of traffic from 0% to 100% with at most four decimals, for example 10% or 0.1%';
export const DURATION_ACCEPTED = 'a duration with its unit (ms, s, m, h), for example 90s or 1h30m';
export const SPAN_ACCEPTED = 'a duration, for example 5m, or at least .. at most, for example 5m..30m';
export const METHODS_ACCEPTED = 'a list of HTTP methods in upper case, for example [GET, HEAD], or the word all';

/** Methods that change nothing on the server (RFC 9110 §9.2.1), without TRACE: what may be mirrored unasked. */
export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
export const HTTP_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'];

/** How long: at least, and at most when the user set one. Milliseconds. */
export interface Span {
  readonly atLeastMs: number;
  readonly atMostMs?: number;
}

const RANGE = /^(.*?)\.\.(.*)$/s;
const BARE_NUMBER = /^-?\d+(?:\.\d+)?$/;
const PERCENT = /^(-?)(\d+)(?:\.(\d+))?%$/;

/** "5m" → at least five minutes; "5m..30m" → and at most thirty; undefined when the text is neither. */
export function parseFor(text: string): Span | undefined {
  const range = RANGE.exec(text);
  const atLeastMs = parseDuration(range?.[1] ?? text);
  if (atLeastMs === undefined) return undefined;
  if (range === null) return { atLeastMs };
  const atMostMs = parseDuration(range[2] ?? '');
  return atMostMs === undefined || atMostMs < atLeastMs ? undefined : { atLeastMs, atMostMs };
}

/** Which requests a mirror step copies; the safe ones when the policy names none. */
export const parseMethods = (methods: 'all' | readonly string[] | undefined): 'all' | readonly string[] =>
  methods ?? SAFE_METHODS;

export const shareFault: Fault = (text) => {
  if (parseShare(text) !== undefined) return undefined;
  if (text.endsWith('pp')) return 'points (pp) measure the difference of two rates; traffic is a share';
  if (BARE_NUMBER.test(text)) return 'a share needs its unit %';
  if (parseDuration(text) !== undefined) return 'a duration where a share of traffic belongs';
  const percent = PERCENT.exec(text);
  if (percent === null) return 'not a share of traffic';
  if (percent[1] === '-') return 'a share cannot be negative';
  if ((percent[3] ?? '').length > 4) return 'finer than 0.0001% cannot be routed';
  return 'more than all of the traffic';
};

export const durationFault: Fault = (text) => {
  if (parseDuration(text) !== undefined) return undefined;
  if (BARE_NUMBER.test(text)) return 'a duration needs its unit';
  if (text.includes('%') || text.endsWith('pp')) return 'a share where a duration belongs';
  return /^\d+(?:\.\d+)?d$/.test(text) ? 'days are not a unit here; write hours' : 'not a duration';
};

export const spanFault: Fault = (text) => {
  if (parseFor(text) !== undefined) return undefined;
  const range = RANGE.exec(text);
  if (range === null) return durationFault(text);
  const fault = durationFault(range[1] ?? '') ?? durationFault(range[2] ?? '');
  return fault ?? 'the least time is longer than the most';
};

export const methodFault: Fault = (text) => {
  if (HTTP_METHODS.includes(text)) return undefined;
  if (text === 'all') return 'the word all stands alone, not in a list';
  return HTTP_METHODS.includes(text.toUpperCase()) ? 'methods are written in upper case' : 'not an HTTP method';
};
