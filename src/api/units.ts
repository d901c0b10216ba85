// Values with units in a policy: shares ("10%"), points ("0.2pp"), durations, spans ("5m..30m"), methods; and what is wrong with a text.
// Never rounds and never assumes a unit. Called by the schema, and by everyone who reads a validated policy.
import { parseDuration } from '../lib/duration.ts';
import { fraction, parseShare } from '../lib/share.ts';
import type { Fault } from './shape.ts';

export const SHARE_ACCEPTED = 'a share of traffic from 0% to 100% with at most four decimals, for example 10% or 0.1%';
export const POINTS_ACCEPTED = 'points above 0pp and below 100pp with at most four decimals, for example 0.2pp';
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
const RATE = /^(-?)(\d+)(?:\.(\d+))?(?:%|pp)$/;

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

/** The difference of two rates as a number: "0.2pp" → 0.002; undefined for what is none, for 0pp and for 100pp. */
export function parsePoints(text: string): number | undefined {
  const share = text.endsWith('pp') ? parseShare(`${text.slice(0, -2)}%`) : undefined;
  const points = share === undefined ? 0 : fraction(share);
  return points > 0 && points < 1 ? points : undefined;
}

/** What may be wrong with a number that has `unit`, in words for where it stands. */
export interface RateWords {
  readonly unit: '%' | 'pp';
  readonly otherUnit: string;
  readonly bare: string;
  readonly duration: string;
  readonly unreadable: string;
  readonly negative: string;
  readonly tooFine: string;
  readonly nothing: string;
  readonly tooMuch: string;
}

/** Of a text that is known not to do. */
export function rateFault(text: string, words: RateWords): string {
  if (text.endsWith(words.unit === '%' ? 'pp' : '%')) return words.otherUnit;
  if (BARE_NUMBER.test(text)) return words.bare;
  if (parseDuration(text) !== undefined) return words.duration;
  const rate = RATE.exec(text);
  if (rate === null) return words.unreadable;
  const [, sign, whole = '', decimals = ''] = rate;
  if (sign === '-') return words.negative;
  if (decimals.length > 4) return words.tooFine;
  return /[1-9]/.test(whole + decimals) ? words.tooMuch : words.nothing;
}

const TRAFFIC: RateWords = {
  unit: '%',
  otherUnit: 'points (pp) measure the difference of two rates; traffic is a share',
  bare: 'a share needs its unit %',
  duration: 'a duration where a share of traffic belongs',
  unreadable: 'not a share of traffic',
  negative: 'a share cannot be negative',
  tooFine: 'finer than 0.0001% cannot be routed',
  nothing: 'not a share of traffic',
  tooMuch: 'more than all of the traffic',
};

export const shareFault: Fault = (text) => (parseShare(text) === undefined ? rateFault(text, TRAFFIC) : undefined);

const POINTS: RateWords = {
  unit: 'pp',
  otherUnit: 'a share (%) where points (pp) belong: they measure the difference of two rates',
  bare: 'points need their unit pp',
  duration: 'a duration where points (pp) belong',
  unreadable: 'not points of a rate',
  negative: 'points cannot be negative',
  tooFine: 'finer than 0.0001pp',
  nothing: 'no points at all',
  tooMuch: '100pp and more is no limit',
};

export const pointsFault: Fault = (text) => (parsePoints(text) === undefined ? rateFault(text, POINTS) : undefined);

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
