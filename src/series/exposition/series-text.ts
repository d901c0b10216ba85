// The part of a sample line that names the series: `name{a="b"}`, `name`, `{"my.metric","my.label"="b"}`.
// Never reads values. Called by exposition.ts, and by the scraper for a series it has not seen before.

import { NAME } from '../labels.ts';
import type { Labels } from '../series.ts';
import { ExpositionError, endOfQuoted, LABEL_NAME, METRIC_NAME, shown, unescaped } from './syntax.ts';

interface Token {
  readonly text: string;
  readonly quoted: boolean;
  readonly start: number;
  readonly end: number;
}

/** Labels of a series as written, the metric's name under `__name__`. Throws ExpositionError. */
export function parseSeriesText(text: string): Labels {
  const brace = text.indexOf('{');
  const name = (brace < 0 ? text : text.slice(0, brace)).trimEnd();
  if (name !== '' && !METRIC_NAME.test(name)) throw new ExpositionError(0, `${shown(name)} is no metric name`);
  const pairs = new Map<string, string>();
  if (name !== '') pairs.set(NAME, name);
  if (brace >= 0) parseBraces(text, brace, pairs);
  if ((pairs.get(NAME) ?? '') === '') throw new ExpositionError(0, 'a sample has no metric name');
  return Object.fromEntries([...pairs].filter(([, value]) => value !== ''));
}

/** The labels of an exemplar: braces without a metric name. Throws ExpositionError. */
export function parseLabels(text: string): Labels {
  const pairs = new Map<string, string>();
  parseBraces(text, 0, pairs);
  const name = pairs.get(NAME);
  if (name !== undefined) throw new ExpositionError(0, 'an exemplar has no metric name');
  return Object.fromEntries(pairs);
}

function parseBraces(text: string, brace: number, pairs: Map<string, string>): void {
  let position = skipBlanks(text, brace + 1);
  while (text[position] !== '}') {
    position = skipBlanks(text, parsePair(text, position, pairs));
    if (text[position] === ',') position = skipBlanks(text, position + 1);
    else if (text[position] !== '}') throw new ExpositionError(position, 'expected "," or "}" after a label');
  }
  if (position !== text.length - 1) throw new ExpositionError(position + 1, 'text after the closing brace');
}

/** `name="value"`, `"name"="value"` or, for the metric's own name, `"name"` alone. Returns the offset after it. */
function parsePair(text: string, position: number, pairs: Map<string, string>): number {
  const name = readName(text, position);
  const equals = skipBlanks(text, name.end);
  if (text[equals] !== '=') {
    if (!name.quoted) throw new ExpositionError(equals, `expected "=" after the label name ${shown(name.text)}`);
    put(pairs, NAME, name.text, position, 'the metric has two names');
    return name.end;
  }
  if (!name.quoted && !LABEL_NAME.test(name.text))
    throw new ExpositionError(position, `${shown(name.text)} is no label name`);
  if (name.text === NAME) throw new ExpositionError(position, `a label may not be named ${NAME}`);
  const start = skipBlanks(text, equals + 1);
  if (text[start] !== '"') throw new ExpositionError(start, 'expected a quoted label value');
  const end = endOfQuoted(text, start);
  put(
    pairs,
    name.text,
    unescaped(text.slice(start + 1, end - 1)),
    position,
    `the label ${shown(name.text)} stands twice`,
  );
  return end;
}

function put(pairs: Map<string, string>, name: string, value: string, offset: number, twice: string): void {
  if (pairs.has(name)) throw new ExpositionError(offset, twice);
  pairs.set(name, value);
}

function readName(text: string, start: number): Token {
  if (text[start] === '"') {
    const end = endOfQuoted(text, start);
    const name = unescaped(text.slice(start + 1, end - 1));
    if (name === '') throw new ExpositionError(start, 'a name is empty');
    return { text: name, quoted: true, start, end };
  }
  let end = start;
  while (end < text.length && !'=,}" \t'.includes(text[end] ?? '')) end++;
  if (end === start) throw new ExpositionError(start, 'expected a label name');
  return { text: text.slice(start, end), quoted: false, start, end };
}

function skipBlanks(text: string, start: number): number {
  let position = start;
  while (text[position] === ' ' || text[position] === '\t') position++;
  return position;
}
