// JSON as short text, for what is stored often and read by nobody: about half as long, and back to the last digit.
// Never loses what JSON would keep, and knows no shape: a word is spelled once, then numbered. Called by analysis/comparative.

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

/** Neither these nor the marks below are escaped in JSON, whoever writes it. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_';
const BASE = DIGITS.length;

/**
 * `#` a number spelled out; `~` a word spelled out, after how much of it the last one had as well; `@` one that was spelled before; `%`
 * one of the known words, which needs no mark where a name is expected. Lists and objects have their brackets.
 */
const SPELLED = { true: '!', false: '?', null: '*' } as const;
const MEANT: Readonly<Record<string, Json>> = { '!': true, '?': false, '*': null };

/** Of a number that is not spelled out: a digit for both of these, then all of it without the point in digits of ours. */
const MOST_DECIMALS = 7;
const MOST_DIGITS = 7;

/**
 * Of anything that JSON can hold. `known`: words that need not be spelled; what was made with them is read with them, and with others
 * behind them.
 */
export function toDense(value: unknown, known: readonly string[] = []): string {
  const numbers = new Map(known.map((text, number) => [text, number]));
  const words = new Map<string, number>();
  const word = (text: string, mark: string): string => {
    const number = numbers.get(text);
    if (number !== undefined) return mark + counted(number);
    const before = words.get(text);
    if (before !== undefined) return `@${counted(before)}`;
    const shared = sharedLength([...words.keys()].at(-1) ?? '', text);
    words.set(text, words.size);
    return `~${counted(shared)}${spelled(text.slice(shared))}`;
  };
  const write = (one: Json): string => {
    if (typeof one === 'number') return numberText(one);
    if (typeof one === 'string') return word(one, '%');
    if (one === null || typeof one === 'boolean') return SPELLED[`${one}`];
    if (isList(one)) return `[${one.map(write).join('')}]`;
    const entries = Object.entries(one).map(([name, item]) => (item === undefined ? '' : word(name, '') + write(item)));
    return `{${entries.join('')}}`;
  };
  return write(value as Json);
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** Pods of one version have names that begin alike. */
function sharedLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

const spelled = (text: string): string => counted(text.length) + text;

function numberText(value: number): string {
  const text = String(value);
  const [, sign, whole = '', decimals = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const amount = 2 * Number(whole + decimals) + (sign === '-' ? 1 : 0);
  const digits = amount === 0 ? '' : inDigits(amount);
  if (sign === undefined || decimals.length > MOST_DECIMALS || digits.length > MOST_DIGITS) return `#${spelled(text)}`;
  return digitOf(decimals.length * (MOST_DIGITS + 1) + digits.length) + digits;
}

const digitOf = (value: number): string => DIGITS[value] as string;

const inDigits = (amount: number): string =>
  (amount < BASE ? '' : inDigits(Math.floor(amount / BASE))) + digitOf(amount % BASE);

const MORE = BASE / 2;

/** A digit of the upper half says that another follows. */
const counted = (count: number): string =>
  count < MORE ? digitOf(count) : digitOf(MORE + (count % MORE)) + counted(Math.floor(count / MORE));

/** Of text that `toDense` made; SyntaxError of any other. */
export function fromDense(text: string, known: readonly string[] = []): unknown {
  let at = 0;
  const words: string[] = [];
  const take = (length: number): string => {
    at += length;
    if (at > text.length) throw new SyntaxError('dense text ends before its end');
    return text.slice(at - length, at);
  };
  const digit = (): number => {
    const value = DIGITS.indexOf(take(1));
    if (value < 0) throw new SyntaxError(`no digit in dense text at ${at}`);
    return value;
  };
  const count = (): number => {
    const value = digit();
    return value < MORE ? value : value - MORE + MORE * count();
  };
  const newWord = (): string => {
    const shared = (words.at(-1) ?? '').slice(0, count());
    const word = shared + take(count());
    words.push(word);
    return word;
  };
  const one = (of: readonly string[]): string => {
    const word = of[count()];
    if (word === undefined) throw new SyntaxError(`no such word in dense text at ${at}`);
    return word;
  };
  const wordAfter = (mark: string): string | undefined =>
    mark === '~' ? newWord() : mark === '@' ? one(words) : mark === '%' ? one(known) : undefined;
  const name = (): string => {
    const word = wordAfter(take(1));
    if (word !== undefined) return word;
    at -= 1;
    return one(known);
  };
  const number = (): number => {
    const head = digit();
    let amount = 0;
    for (let left = head % (MOST_DIGITS + 1); left > 0; left -= 1) amount = amount * BASE + digit();
    const whole = Math.floor(amount / 2);
    return Number(`${amount % 2 === 1 ? '-' : ''}${whole}e-${Math.floor(head / (MOST_DIGITS + 1))}`);
  };
  const until = (end: string, each: () => unknown): void => {
    while (text[at] !== end) each();
    at += 1;
  };
  const read = (): unknown => {
    const mark = take(1);
    if (mark in MEANT) return MEANT[mark];
    if (mark === '#') return Number(take(count()));
    if (mark === '[') {
      const list: unknown[] = [];
      until(']', () => list.push(read()));
      return list;
    }
    if (mark === '{') {
      const entries: [string, unknown][] = [];
      until('}', () => entries.push([name(), read()]));
      return Object.fromEntries(entries);
    }
    const word = wordAfter(mark);
    if (word !== undefined) return word;
    at -= 1;
    return number();
  };
  const value = read();
  if (at !== text.length) throw new SyntaxError('dense text goes on after its end');
  return value;
}
