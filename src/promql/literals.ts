// Literals of PromQL's text: numbers, durations, strings and their escapes; both ways.
// Never knows where in a query they stand. Called by build.ts and print.ts.

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  y: 365 * 86_400,
  w: 7 * 86_400,
  d: 86_400,
  h: 3600,
  m: 60,
  s: 1,
  ms: 0.001,
};
const DURATION = /^(?:\d+(?:ms|[ywdhms]))+$/;
const DURATION_PART = /(\d+)(ms|[ywdhms])/g;
const OCTAL = /^0[0-7]+$/;
const HEX = /^0x[0-9a-f]+$/i;

/** Go's largest time.Duration, 2^63 nanoseconds or about 292 years, in seconds. */
export const LONGEST_SECONDS = 2 ** 63 / 1e9;

/**
 * The number a literal stands for; durations in seconds. As Go reads them: `0x1f` hex, `010` octal, `1_000` grouped.
 * Undefined when it is none (`0x`) or out of range (`1e999`).
 */
export function parseNumber(text: string): number | undefined {
  if (DURATION.test(text)) return seconds(text);
  const lower = text.toLowerCase();
  if (lower === 'inf') return Number.POSITIVE_INFINITY;
  if (lower === 'nan') return Number.NaN;
  const digits = text.replaceAll('_', '');
  if (HEX.test(digits)) return Number(digits);
  if (OCTAL.test(digits)) return Number.parseInt(digits, 8);
  const value = Number(digits);
  return digits !== '' && Number.isFinite(value) && !/^0x/i.test(digits) ? value : undefined;
}

function seconds(text: string): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(DURATION_PART)) total += milliseconds(Number(amount), unit ?? '');
  return total / 1000;
}

// In milliseconds first: all units are whole there, so 1s500ms is exactly 1.5.
const milliseconds = (amount: number, unit: string): number =>
  amount * Math.round((UNIT_SECONDS[unit] ?? Number.NaN) * 1000);

/** The shortest duration text for whole milliseconds ("1h30m"), else the number of seconds, which PromQL reads as well. */
export function printDuration(ms: number): string {
  if (!Number.isSafeInteger(ms)) return String(ms / 1000);
  if (ms === 0) return '0s';
  let rest = Math.abs(ms);
  let text = ms < 0 ? '-' : '';
  for (const unit of ['w', 'd', 'h', 'm', 's', 'ms']) {
    const size = milliseconds(1, unit);
    // Weeks only where nothing else is left: 8d reads better than 1w1d.
    if (unit === 'w' && rest % size !== 0) continue;
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}

export function printNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 0x5c,
  "'": 0x27,
  '"': 0x22,
};
const NUMERIC_ESCAPES: readonly { start: RegExp; radix: number; bytes: boolean }[] = [
  { start: /^x[0-9a-fA-F]{2}/, radix: 16, bytes: true },
  { start: /^u[0-9a-fA-F]{4}/, radix: 16, bytes: false },
  { start: /^U[0-9a-fA-F]{8}/, radix: 16, bytes: false },
  { start: /^[0-7]{3}/, radix: 8, bytes: true },
];

export type Unquoted =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly offset: number; readonly message: string };

/** The text a quoted literal stands for: Go's escapes between " or ', none between backticks. */
export function unquote(literal: string): Unquoted {
  const inner = literal.slice(1, -1);
  if (literal.startsWith('`') || !inner.includes('\\')) return { ok: true, value: inner };
  let value = '';
  let bytes: number[] = [];
  const flush = (): boolean => {
    if (bytes.length === 0) return true;
    const text = utf8(bytes);
    bytes = [];
    value += text ?? '';
    return text !== undefined;
  };
  for (let i = 0; i < inner.length; ) {
    const escaped = inner[i] === '\\' ? readEscape(inner, i + 1) : undefined;
    if (escaped !== undefined && 'message' in escaped) return { ok: false, offset: i + 1, message: escaped.message };
    if (escaped?.byte === true) bytes.push(escaped.code);
    else {
      if (!flush()) return notText(i + 1);
      value += escaped === undefined ? inner[i] : String.fromCodePoint(escaped.code);
    }
    i += escaped === undefined ? 1 : 1 + escaped.length;
  }
  return flush() ? { ok: true, value } : notText(literal.length - 1);
}

const notText = (offset: number): Unquoted => ({
  ok: false,
  offset,
  message: 'the escaped bytes before here are not valid UTF-8',
});

type Escape = { readonly code: number; readonly byte: boolean; readonly length: number } | { readonly message: string };

function readEscape(text: string, at: number): Escape {
  const char = text[at] ?? '';
  const simple = Object.hasOwn(SIMPLE_ESCAPES, char) ? SIMPLE_ESCAPES[char] : undefined;
  if (simple !== undefined) return { code: simple, byte: false, length: 1 };
  for (const { start, radix, bytes } of NUMERIC_ESCAPES) {
    const digits = start.exec(text.slice(at, at + 9))?.[0];
    if (digits === undefined) continue;
    const code = Number.parseInt(digits.replace(/^[xuU]/, ''), radix);
    if (bytes ? code > 255 : code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      return { message: 'escape sequence is an invalid Unicode code point' };
    return { code, byte: bytes, length: digits.length };
  }
  return { message: `unknown escape sequence ${JSON.stringify(`\\${char}`)}` };
}

function utf8(bytes: readonly number[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The literal in double quotes that reads back as the same text. */
export function quote(text: string): string {
  let quoted = '';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === '"' || char === '\\') quoted += `\\${char}`;
    else if (char === '\n') quoted += '\\n';
    else if (char === '\t') quoted += '\\t';
    else if (char === '\r') quoted += '\\r';
    else quoted += code < 0x20 || code === 0x7f ? `\\u${code.toString(16).padStart(4, '0')}` : char;
  }
  return `"${quoted}"`;
}
