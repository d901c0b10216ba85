// A series' name and labels as Prometheus' rule tests write them: `up{job="api"}`, `{"my.metric", job='api'}`, `{}`.
// Never knows values or matchers. Called by series.ts (what goes in) and expression.ts (what is expected to come out).
import { unquote } from '../../promql/literals.ts';
import { NAME } from '../../series/labels.ts';

export type Pair = readonly [name: string, value: string];

/** What is wrong, and where in the text. */
export interface Fault {
  readonly offset: number;
  readonly message: string;
}

export interface Metric {
  /** In the order of their names; a name may stand twice, and then equals no series. */
  readonly pairs: readonly Pair[];
  /** The first name that stands twice in the braces, with values: no series can have it so. */
  readonly twice?: string;
  /** The offset after it. */
  readonly end: number;
}

const BARE = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const BLANK = /^[ \t\r\n]*/;
const QUOTED = /^(?:"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'|`[^`]*`)/;
/** Words of PromQL that are no metric's name unless they are quoted. */
const RESERVED = /^(?:inf|nan|bool|on|ignoring|group_left|group_right|atan2)$/i;

/** Reads from the start of the text; `blanks` may stand around the name where nothing follows but labels. */
export function readMetric(text: string, { blanks }: { readonly blanks: boolean }): Metric | Fault {
  const start = blanks ? skip(text, 0) : 0;
  const name = match(BARE, text, start);
  if (name !== undefined && RESERVED.test(name))
    return { offset: start, message: `${name} is a word of PromQL, not a metric's name` };
  let position = start + (name?.length ?? 0);
  if (blanks) position = skip(text, position);
  if (text[position] !== '{') return { pairs: name === undefined ? [] : [[NAME, name]], end: position };
  const labels = readLabels(text, position + 1);
  if ('message' in labels) return labels;
  const { end } = labels;
  if (name === undefined) return { pairs: labels.pairs.toSorted(byName), ...told(labels.pairs, end) };
  // With a name in front, an empty label is none and takes others of its name with it; the name stands over one in the braces.
  const empty = new Set(labels.pairs.flatMap(([label, value]) => (value === '' ? [label] : [])));
  const kept = labels.pairs.filter(([label]) => !empty.has(label));
  const rest = kept.filter(([label]) => label !== NAME);
  return { pairs: [[NAME, name] as const, ...rest].toSorted(byName), ...told(kept, end) };
}

function told(pairs: readonly Pair[], end: number): Pick<Metric, 'end' | 'twice'> {
  const names = pairs.flatMap(([name, value]) => (value === '' ? [] : [name]));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  return twice === undefined ? { end } : { end, twice };
}

const byName = ([a]: Pair, [b]: Pair): number => (a < b ? -1 : a > b ? 1 : 0);

function readLabels(text: string, start: number): Metric | Fault {
  const pairs: Pair[] = [];
  let position = skip(text, start);
  while (text[position] !== '}') {
    const item = readItem(text, position);
    if ('message' in item) return item;
    pairs.push(item.pair);
    position = skip(text, item.end);
    if (text[position] === ',') position = skip(text, position + 1);
    else if (text[position] !== '}') return { offset: position, message: 'expected "," or "}" after a label' };
  }
  return { pairs, end: position + 1 };
}

function readItem(text: string, start: number): { readonly pair: Pair; readonly end: number } | Fault {
  const quoted = match(QUOTED, text, start);
  const written = quoted ?? match(LABEL, text, start);
  if (written === undefined) return { offset: start, message: 'expected a label name or "}"' };
  const name = quoted === undefined ? written : textOf(quoted, start);
  if (typeof name !== 'string') return name;
  const equals = skip(text, start + written.length);
  if (text[equals] !== '=') {
    if (quoted === undefined) return { offset: equals, message: `expected "=" after the label name ${name}` };
    return { pair: [NAME, name], end: start + written.length };
  }
  const from = skip(text, equals + 1);
  const literal = match(QUOTED, text, from);
  if (literal === undefined) return { offset: from, message: 'expected a label value in quotes' };
  const value = textOf(literal, from);
  return typeof value === 'string' ? { pair: [name, value], end: from + literal.length } : value;
}

function textOf(literal: string, start: number): string | Fault {
  const read = unquote(literal);
  return read.ok ? read.value : { offset: start + read.offset, message: read.message };
}

const match = (pattern: RegExp, text: string, at: number): string | undefined => pattern.exec(text.slice(at))?.[0];

const skip = (text: string, at: number): number => at + (match(BLANK, text, at)?.length ?? 0);
