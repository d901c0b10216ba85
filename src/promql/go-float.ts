// Floats as text and text as floats the way Go's strconv does it, where users see the difference: labels and messages.
// Never knows PromQL. Called by notes.ts, aggregate.ts and the histogram functions.

const special = (value: number): string | undefined => {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? '+Inf' : '-Inf';
};

/** %g, or %.2g with two digits: with an exponent below 1e-4, and from 1e6 on or from as many digits as asked for. */
export function formatGoFloat(value: number, digits?: number): string {
  const word = Object.is(value, -0) ? '-0' : special(value);
  if (word !== undefined) return word;
  const [mantissa = '0', exponent = '0'] = exponential(value, digits).split('e');
  const power = Number(exponent);
  const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  if (power < -4 || power >= (digits ?? 6)) return `${sign(value)}${unsigned(trimmed)}e${padded(power)}`;
  return formatGoDecimal(Number(`${trimmed}e${power}`));
}

/** Go rounds what lies exactly between two texts to the even digit, JavaScript away from zero. */
function exponential(value: number, digits: number | undefined): string {
  if (digits === undefined) return value.toExponential();
  const rounded = value.toExponential(digits - 1);
  const [, kept = '', rest = ''] = new RegExp(`^-?((?:\\d\\.?){${digits}})(\\d*)`).exec(value.toExponential(100)) ?? [];
  if (!/^50*$/.test(rest) || !'02468'.includes(kept.at(-1) ?? '')) return rounded;
  return `${sign(value)}${kept}e${value.toExponential(100).split('e')[1]}`;
}

const sign = (value: number): string => (value < 0 ? '-' : '');
const unsigned = (text: string): string => text.replace('-', '');
const padded = (power: number): string => `${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;

/** %f: six digits behind the point, and all of those before it. */
export const formatGoFixed = (value: number): string =>
  special(value) ?? (Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`);

/** The shortest decimal without any exponent, as in count_values' labels. */
export function formatGoDecimal(value: number): string {
  const word = Object.is(value, -0) ? '-0' : special(value);
  if (word !== undefined) return word;
  const [mantissa = '0', exponent] = String(Math.abs(value)).split('e');
  if (exponent === undefined) return sign(value) + mantissa;
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const power = Number(exponent);
  const all = whole + fraction;
  if (power >= 0) return sign(value) + all.padEnd(power + 1, '0');
  return `${sign(value)}0.${'0'.repeat(-power - 1)}${all}`;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
// Underscores stand between digits, or between the prefix and a digit.
const HEXADECIMAL = /^([+-]?)0x((?:_?[\da-f])*)(?:\.((?:[\da-f](?:_?[\da-f])*)?))?p([+-]?\d+)$/i;
const INFINITY = /^([+-]?)inf(?:inity)?$/i;

/** What strconv.ParseFloat reads; undefined where it errs, so also beyond the largest float. */
export function parseGoFloat(text: string): number | undefined {
  const infinity = INFINITY.exec(text);
  if (infinity !== null) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = DECIMAL.test(text) ? Number(text) : hexadecimal(text);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** Exact up to 53 significant bits, which is as many as anybody writes. */
function hexadecimal(text: string): number | undefined {
  const [, minus = '', whole = '', fraction = '', exponent = '0'] = HEXADECIMAL.exec(text) ?? [];
  const digits = (whole + fraction).replaceAll('_', '');
  if (digits === '') return undefined;
  const mantissa = Number.parseInt(digits, 16);
  const power = Number(exponent) - 4 * fraction.replaceAll('_', '').length;
  // In two halves: 2 ** power alone may be out of range where the product is not.
  const half = Math.trunc(power / 2);
  const value = mantissa * 2 ** half * 2 ** (power - half);
  return minus === '-' ? -value : value;
}
