// What `max` may be, by the unit of the gate's kind; and what is wrong with a value that does not do.
// Never knows a kind. Called by gate-rules.ts and the reference page.
import { parseDuration } from '../lib/duration.ts';
import { parseQuantity } from '../lib/quantity.ts';
import { parseShare } from '../lib/share.ts';
import type { LimitUnit } from './gate-kinds.ts';
import { DURATION_ACCEPTED, durationFault, type RateWords, rateFault } from './units.ts';

export interface Unit {
  readonly accepted: string;
  /** What keeps the value from being accepted, in a few words; undefined when nothing does. */
  readonly fault: (value: string | number) => string | undefined;
}

const SHARE: RateWords = {
  unit: '%',
  otherUnit: 'points (pp) measure the difference of two rates; `max` is a share (%)',
  bare: 'a share needs its unit %',
  duration: 'a duration where a share belongs',
  unreadable: 'not a share',
  negative: 'a share cannot be negative',
  tooFine: 'finer than 0.0001%',
  nothing: 'a limit of nothing',
  tooMuch: 'more than 100%',
};

function shareLimitFault(text: string): string | undefined {
  const share = parseShare(text);
  return share !== undefined && share > 0 ? undefined : rateFault(text, SHARE);
}

function durationLimitFault(text: string): string | undefined {
  return durationFault(text) ?? (parseDuration(text) === 0 ? 'a limit of nothing' : undefined);
}

function quantityFault(value: string | number): string | undefined {
  if (typeof value === 'string' && /(?:%|pp)$/.test(value)) return 'a share where a quantity of memory belongs';
  const bytes = parseQuantity(value);
  if (bytes === undefined || !Number.isFinite(bytes)) return 'not a quantity of memory';
  return bytes < 1 ? 'less than a byte' : undefined;
}

function countFault(value: string | number): string | undefined {
  if (typeof value === 'string') return 'a number stands here, without quotes or unit';
  if (!Number.isInteger(value)) return 'not a whole number';
  return value < 1 ? 'less than 1' : undefined;
}

const written = (what: string, fault: (text: string) => string | undefined) => (value: string | number) =>
  typeof value === 'string' ? fault(value) : `${what} is a text with its unit`;

export const LIMIT_UNITS: Readonly<Record<LimitUnit, Unit>> = {
  share: {
    accepted: 'a share above 0% and at most 100%, with at most four decimals, for example 1%',
    fault: written('a share', shareLimitFault),
  },
  duration: {
    accepted: DURATION_ACCEPTED.replace('90s or 1h30m', '20ms or 1.5s'),
    fault: written('a duration', durationLimitFault),
  },
  quantity: { accepted: 'a quantity of memory, for example 512Mi or 1.5Gi', fault: quantityFault },
  count: { accepted: 'a whole number of 1 or more', fault: countFault },
};
