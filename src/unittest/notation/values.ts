// The values of a series as Prometheus' rule tests write them: `0+10x5 _x3 stale 1.5e3 NaN -Inf`.
// Never places them in time. Called by series.ts. Source: Prometheus, "Unit testing for rules", <series>.
import type { Fault } from './metric.ts';

/** `count` values from `first` on, each larger by `step` than the one before; none at all; or a staleness marker. */
export type Run =
  | { readonly kind: 'values'; readonly first: number; readonly step: number; readonly count: number }
  | { readonly kind: 'none'; readonly count: number }
  | { readonly kind: 'stale'; readonly count: 1 };

export interface ValuesFault extends Fault {
  /** It is right elsewhere, and Serin does not have it. */
  readonly unsupported?: true;
}

/** More than any test needs; a slip of the finger must not take all memory. */
export const MOST_SAMPLES = 2_000_000;

export function readValues(text: string, from = 0): readonly Run[] | ValuesFault {
  const runs: Run[] = [];
  let total = 0;
  for (let position = from; position < text.length; ) {
    const blank = /^[ \t\r\n]+/.exec(text.slice(position))?.[0];
    if (blank === undefined) return { offset: position, message: 'expected a blank between two values' };
    position += blank.length;
    if (position === text.length) break;
    const item = readItem(text, position);
    if ('message' in item) return item;
    total += item.run.count;
    if (total > MOST_SAMPLES) return { offset: position, message: `more than ${MOST_SAMPLES} values in one series` };
    runs.push(item.run);
    position = item.end;
  }
  return runs;
}

type Item = { readonly run: Run; readonly end: number } | ValuesFault;

function readItem(text: string, start: number): Item {
  if (text.startsWith('{{', start))
    return { offset: start, message: 'native histograms are not supported', unsupported: true };
  if (text[start] === '_') {
    const times = readTimes(text, start + 1);
    return 'message' in times ? times : { run: { kind: 'none', count: times.times ?? 1 }, end: times.end };
  }
  const word = /^[a-zA-Z:][a-zA-Z0-9_:]*/.exec(text.slice(start))?.[0];
  if (word === 'stale') return { run: { kind: 'stale', count: 1 }, end: start + word.length };
  const first = readSigned(text, start, 'optional');
  return 'message' in first ? first : readRun(text, first);
}

/** `a`, `axn`, `a+bxn`, `a-bxn`: a itself and n more. */
function readRun(text: string, { value: first, end }: Read): Item {
  if (text[end] !== '+' && text[end] !== '-') {
    const times = readTimes(text, end);
    if ('message' in times) return times;
    return { run: { kind: 'values', first, step: 0, count: (times.times ?? 0) + 1 }, end: times.end };
  }
  const step = readSigned(text, end, 'needed');
  if ('message' in step) return step;
  const times = readTimes(text, step.end);
  if ('message' in times) return times;
  if (times.times === undefined) return { offset: times.end, message: 'expected x and how often after a step' };
  return { run: { kind: 'values', first, step: step.value, count: times.times + 1 }, end: times.end };
}

function readTimes(text: string, at: number): { readonly times?: number; readonly end: number } | Fault {
  if (text[at] !== 'x') return { end: at };
  const digits = /^\d+/.exec(text.slice(at + 1))?.[0];
  if (digits === undefined) return { offset: at + 1, message: 'expected a whole number after x' };
  return { times: Number(digits), end: at + 1 + digits.length };
}

interface Read {
  readonly value: number;
  readonly end: number;
}

const NUMBER = /^(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][-+]?\d[\d_]*)?/;

function readSigned(text: string, start: number, sign: 'optional' | 'needed'): Read | Fault {
  const minus = text[start] === '-';
  const from = minus || text[start] === '+' ? start + 1 : start;
  const rest = text.slice(from);
  const word = /^[a-zA-Z][a-zA-Z0-9_:]*/.exec(rest)?.[0];
  const written = word ?? NUMBER.exec(rest)?.[0];
  const value = word === undefined ? numberOf(written) : wordOf(word);
  if (written === undefined || value === undefined) return { offset: from, message: messageFor(word, written, sign) };
  const end = from + written.length;
  // Behind a number stands a blank, a step or `x`; letters would make it something else, such as 0b11.
  if (word === undefined && /[\w.]/.test(text[end] ?? ' ') && text[end] !== 'x')
    return { offset: start, message: 'not a number' };
  return { value: minus ? -value : value, end };
}

function messageFor(word: string | undefined, written: string | undefined, sign: 'optional' | 'needed'): string {
  if (word !== undefined && /^(?:inf|nan|stale)x\d/i.test(word))
    return `${word.replace(/x.*/, '')} cannot be repeated with x: write it out`;
  if (written !== undefined && word === undefined) return `not a number: ${written}`;
  return sign === 'needed' ? 'expected a number for the step' : 'expected a number, "stale" or "_"';
}

function wordOf(word: string): number | undefined {
  if (/^inf$/i.test(word)) return Infinity;
  return /^nan$/i.test(word) ? Number.NaN : undefined;
}

/** As Go reads it: `010` is eight, `1_000` a thousand, an underscore stands between two digits. */
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || /_(?!\d)/.test(text)) return undefined;
  const digits = text.replaceAll('_', '');
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return Number.isFinite(value) ? value : undefined;
}
