// Walks an exposition line by line and tells a visitor what it holds; a series is handed over as text, so that whoever
// scrapes the same page each second parses its labels once. Never keeps anything; never throws on any input.
// Called by exposition.ts and metrics/scrape.
import type { Millis } from '../../lib/clock.ts';
import type { Problem } from '../../lib/problem.ts';
import type { Labels } from '../series.ts';
import { parseLabels } from './series-text.ts';
import {
  ExpositionError,
  type ExpositionFormat,
  endOfQuoted,
  METRIC_NAME,
  parseNumber,
  shown,
  unescaped,
  unescapedHelp,
} from './syntax.ts';

export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly time?: Millis;
}

export interface Visitor {
  /** `series` is the line's text up to the value. `time` is the exporter's own, when it gave one. May throw ExpositionError. */
  sample(series: string, value: number, time: Millis | undefined, exemplar: Exemplar | undefined): void;
  /** HELP, TYPE or UNIT of a metric family. */
  describe?(name: string, what: 'help' | 'type' | 'unit', text: string): void;
}

const TYPES: Readonly<Record<ExpositionFormat, readonly string[]>> = {
  text: ['counter', 'gauge', 'histogram', 'summary', 'untyped'],
  openmetrics: ['counter', 'gauge', 'histogram', 'gaugehistogram', 'stateset', 'info', 'summary', 'unknown'],
};

const accepted: Readonly<Record<ExpositionFormat, string>> = {
  text: 'the Prometheus text format 0.0.4',
  openmetrics: 'OpenMetrics 1.0, ending with "# EOF"',
};

/** The first problem (SRN1902) with its 1-based line and column, or undefined when all of it was read. */
export function scanExposition(text: string, format: ExpositionFormat, visitor: Visitor): Problem | undefined {
  const scan = createScan(format, visitor);
  return scan.lines(text) ?? scan.end();
}

/** A walk over a text that comes in pieces, each of whole lines; over after the first problem, as SRN1902. */
export interface Scan {
  lines(text: string): Problem | undefined;
  end(): Problem | undefined;
}

export function createScan(format: ExpositionFormat, visitor: Visitor): Scan {
  let line = 0;
  let ended = false;
  const next = (content: string): void => {
    line++;
    if (ended) throw new ExpositionError(0, 'text after "# EOF"');
    if (format === 'openmetrics' && content === '# EOF') ended = true;
    else scanLine(content, format, visitor);
  };
  const told = (scan: () => void): Problem | undefined => {
    try {
      scan();
      return undefined;
    } catch (error) {
      if (!(error instanceof ExpositionError)) throw error;
      const place = { line: Math.max(1, line), column: error.offset + 1 };
      return { code: 'SRN1902', place, message: error.message, accepted: accepted[format] };
    }
  };
  return {
    lines: (text) => told(() => forEachLine(text, next)),
    end: () =>
      told(() => {
        if (format === 'openmetrics' && !ended)
          throw new ExpositionError(0, 'the end "# EOF" is missing, the page may be cut off');
      }),
  };
}

function forEachLine(text: string, visit: (line: string) => void): void {
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    visit(text.slice(start, end));
    start = end + 1;
  }
}

function scanLine(line: string, format: ExpositionFormat, visitor: Visitor): void {
  const start = format === 'text' ? skipBlanks(line, 0) : 0;
  if (start === line.length) {
    if (format === 'openmetrics') throw new ExpositionError(0, 'an empty line');
  } else if (line[start] === '#') scanComment(line, start, format, visitor);
  else scanSample(line, start, format, visitor);
}

const DESCRIPTION = { text: /^#[ \t]+(HELP|TYPE)(?=[ \t]|$)[ \t]*/, openmetrics: /^# (HELP|TYPE|UNIT) / };

function scanComment(line: string, start: number, format: ExpositionFormat, visitor: Visitor): void {
  const match = DESCRIPTION[format].exec(line.slice(start));
  if (match === null) {
    if (format === 'openmetrics') throw new ExpositionError(start, 'a comment that is no HELP, TYPE, UNIT or EOF');
    return;
  }
  const nameStart = start + match[0].length;
  const quoted = line[nameStart] === '"';
  const nameEnd = quoted ? endOfQuoted(line, nameStart) : endOfWord(line, nameStart);
  const name = quoted ? unescaped(line.slice(nameStart + 1, nameEnd - 1)) : line.slice(nameStart, nameEnd);
  if (quoted ? name === '' : !METRIC_NAME.test(name))
    throw new ExpositionError(nameStart, `expected a metric name after ${match[1]}`);
  const textStart = skipBlanks(line, nameEnd);
  const rest = line.slice(textStart);
  if (match[1] === 'HELP') visitor.describe?.(name, 'help', format === 'text' ? unescapedHelp(rest) : unescaped(rest));
  else if (match[1] === 'UNIT') describeUnit(name, rest, textStart, visitor);
  else describeType(name, rest.trimEnd(), textStart, format, visitor);
}

function describeType(name: string, type: string, offset: number, format: ExpositionFormat, visitor: Visitor): void {
  if (!TYPES[format].includes(type))
    throw new ExpositionError(offset, `${shown(type)} is no metric type; there are ${TYPES[format].join(', ')}`);
  visitor.describe?.(name, 'type', type === 'untyped' ? 'unknown' : type);
}

function describeUnit(name: string, unit: string, offset: number, visitor: Visitor): void {
  if (unit !== '' && !name.endsWith(`_${unit}`))
    throw new ExpositionError(offset, `the metric's name does not end in its unit ${shown(unit)}`);
  visitor.describe?.(name, 'unit', unit);
}

function scanSample(line: string, start: number, format: ExpositionFormat, visitor: Visitor): void {
  const seriesEnd = endOfSeries(line, start);
  const rest = valueFields(line, seriesEnd, format);
  const value = parseNumber(rest.value);
  if (value === undefined) throw new ExpositionError(rest.valueStart, `${shown(rest.value)} is no number`);
  const time = rest.time === undefined ? undefined : parseTime(rest.time, rest.timeStart, format);
  const exemplar = rest.exemplarStart === undefined ? undefined : parseExemplar(line, rest.exemplarStart);
  try {
    visitor.sample(line.slice(start, seriesEnd), value, time, exemplar);
  } catch (error) {
    if (error instanceof ExpositionError) throw new ExpositionError(start + error.offset, error.message);
    throw error;
  }
}

interface ValueFields {
  readonly value: string;
  readonly valueStart: number;
  readonly time: string | undefined;
  readonly timeStart: number;
  readonly exemplarStart: number | undefined;
}

/** Cuts ` value[ time][ # exemplar]`. OpenMetrics has single spaces and exemplars; the text format any blanks. */
function valueFields(line: string, start: number, format: ExpositionFormat): ValueFields {
  const next = (from: number): number =>
    format === 'text' ? skipBlanks(line, from) : from + Number(line[from] === ' ');
  const valueStart = next(start);
  const valueEnd = endOfWord(line, valueStart);
  if (valueStart === valueEnd) throw new ExpositionError(valueStart, 'expected a value');
  let position = next(valueEnd);
  let time: string | undefined;
  const timeStart = position;
  if (position < line.length && line[position] !== '#') {
    time = line.slice(position, endOfWord(line, position));
    if (time === '') throw new ExpositionError(position, 'expected a timestamp');
    position = next(position + time.length);
  }
  const exemplar = format === 'openmetrics' && line.startsWith('# {', position);
  if (position < line.length && !exemplar) throw new ExpositionError(position, 'text after the sample');
  const value = line.slice(valueStart, valueEnd);
  return { value, valueStart, time, timeStart, exemplarStart: exemplar ? position + 2 : undefined };
}

/** Milliseconds as an integer in the text format, seconds with a fraction in OpenMetrics. */
function parseTime(text: string, offset: number, format: ExpositionFormat): Millis {
  const number = format === 'openmetrics' ? (parseNumber(text) ?? Number.NaN) * 1000 : integer(text);
  const time = Math.round(number);
  if (!Number.isSafeInteger(time)) throw new ExpositionError(offset, `${shown(text)} is no timestamp`);
  return time;
}

const integer = (text: string): number => (/^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN);

function parseExemplar(line: string, start: number): Exemplar {
  const end = endOfSeries(line, start);
  const { value, valueStart, time, timeStart, exemplarStart } = valueFields(line, end, 'openmetrics');
  const number = parseNumber(value);
  if (number === undefined) throw new ExpositionError(valueStart, `${shown(value)} is no number`);
  if (exemplarStart !== undefined) throw new ExpositionError(exemplarStart, 'text after the exemplar');
  const labels = offsetBy(start, () => parseLabels(line.slice(start, end)));
  return { labels, value: number, ...(time === undefined ? {} : { time: parseTime(time, timeStart, 'openmetrics') }) };
}

function offsetBy<T>(start: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ExpositionError) throw new ExpositionError(start + error.offset, error.message);
    throw error;
  }
}

/** The offset after the series: after its closing brace, else after its name. */
function endOfSeries(line: string, start: number): number {
  const nameEnd = endOfWord(line, start, true);
  const brace = skipBlanks(line, nameEnd);
  if (line[brace] !== '{') return nameEnd;
  let position = brace + 1;
  while (position < line.length) {
    const char = line[position];
    if (char === '}') return position + 1;
    position = char === '"' ? endOfQuoted(line, position) : position + 1;
  }
  throw new ExpositionError(brace, 'a brace is not closed on its line');
}

function endOfWord(line: string, start: number, beforeBrace = false): number {
  let end = start;
  while (end < line.length) {
    const char = line[end];
    if (char === ' ' || char === '\t' || (beforeBrace && char === '{')) break;
    end++;
  }
  return end;
}

function skipBlanks(line: string, start: number): number {
  let position = start;
  while (line[position] === ' ' || line[position] === '\t') position++;
  return position;
}
