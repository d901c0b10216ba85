// What `max` may be, by the unit of the gate's kind; and what is wrong with a value that does not do.
// Never knows a kind. Called by gate-rules.ts and the reference page.
import { parseDuration } from '../lib/duration.ts';
import { parseQuantity } from '../lib/quantity.ts';
import { ALL, parseShare, type Share, share } from '../lib/share.ts';
import { type LimitUnit, MOST_RESTARTS } from './gate-kinds.ts';
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

/** Where all of it may be missing, nothing is limited. */
const PART: RateWords = { ...SHARE, tooMuch: '100% and more is no limit' };

const shareLimitFault = (most: Share, words: RateWords) => (text: string) => {
  const share = parseShare(text);
  return share !== undefined && share > 0 && share <= most ? undefined : rateFault(text, words);
};

function durationLimitFault(text: string): string | undefined {
  return durationFault(text) ?? (parseDuration(text) === 0 ? 'a limit of nothing' : undefined);
}

function quantityFault(value: string | number): string | undefined {
  if (typeof value === 'string' && /(?:%|pp)$/.test(value)) return 'a share where a quantity of memory belongs';
  // Of 512 nobody knows whether it is bytes.
  if (/^\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/.test(String(value))) return 'a quantity of memory needs its unit';
  const bytes = parseQuantity(value);
  if (bytes === undefined || !Number.isFinite(bytes)) return 'not a quantity of memory';
  return bytes < 1 ? 'less than a byte' : undefined;
}

function countFault(value: string | number): string | undefined {
  if (typeof value === 'string') return 'a number stands here, without quotes or unit';
  if (!Number.isInteger(value)) return 'not a whole number';
  if (value < 1) return 'less than 1';
  return value > MOST_RESTARTS ? `more than ${MOST_RESTARTS}` : undefined;
}

const written = (what: string, fault: (text: string) => string | undefined) => (value: string | number) =>
  typeof value === 'string' ? fault(value) : `${what} is a text with its unit`;

export const LIMIT_UNITS: Readonly<Record<LimitUnit, Unit>> = {
  share: {
    accepted: 'a share above 0% and at most 100%, with at most four decimals, for example 1%',
    fault: written('a share', shareLimitFault(ALL, SHARE)),
  },
  part: {
    accepted: 'a share above 0% and below 100%, with at most four decimals, for example 2%',
    fault: written('a share', shareLimitFault(share(ALL - 1), PART)),
  },
  duration: {
    accepted: DURATION_ACCEPTED.replace('90s or 1h30m', '20ms or 1.5s'),
    fault: written('a duration', durationLimitFault),
  },
  quantity: { accepted: 'a quantity of memory with its unit, for example 512Mi or 1.5Gi', fault: quantityFault },
  count: { accepted: `a whole number from 1 to ${MOST_RESTARTS}`, fault: countFault },
};
