// The smallest pieces of both exposition formats: names, numbers, quoted text, and where something was wrong.
// Never knows lines. Called by the other files of exposition/ only.
// Sources: Prometheus exposition formats 0.0.4; OpenMetrics 1.0.0; Prometheus 3 quoted names.

export type ExpositionFormat = 'text' | 'openmetrics';

/** Stops a parse; scan.ts turns it into a Problem with line and column. Leaves this folder never. */
export class ExpositionError extends Error {
  /** In UTF-16 code units from the start of the text that was being read. */
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.name = 'ExpositionError';
    this.offset = offset;
  }
}

export const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
export const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/** Decimal, Inf or NaN in any case, as Go reads them without its newer forms; undefined for anything else. */
export function parseNumber(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  if (INFINITE.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return text.toLowerCase() === 'nan' ? Number.NaN : undefined;
}

export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', '"': '"' };

/** Backslash, newline and quote; an unknown escape stays as it stands. */
export const unescaped = (text: string): string =>
  text.includes('\\') ? text.replace(/\\(.)/gs, (whole, char: string) => ESCAPED[char] ?? whole) : text;

/** In HELP of the text format a quote is an ordinary character, and so is `\"`. */
export const unescapedHelp = (text: string): string =>
  text.replace(/\\([\\n])/g, (_, char: string) => ESCAPED[char] ?? char);

export const escapeHelp = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');

export const quote = (text: string): string => `"${escapeHelp(text).replace(/"/g, '\\"')}"`;

/** Characters of a message that are not Serin's own. */
const SHOWN = 60;

/** What was found, for a message: in quotes, short, and without characters that a terminal would obey. */
export const shown = (text: string): string => JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

const QUOTE = 34;
const BACKSLASH = 92;

/** The offset after the closing quote; `start` is that of the opening one. The text holds no newline. */
export function endOfQuoted(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (char === QUOTE) return index + 1;
    if (char === BACKSLASH) index++;
  }
  throw new ExpositionError(start, 'a quote is not closed on its line');
}
