// The answer of Prometheus' HTTP API to a range query (or to an instant query of a range selector), as samples.
// Never asks Prometheus. Called by recording.ts. Source: Prometheus, HTTP API v1, "Expression query result formats".
import type { Problem } from '../lib/problem.ts';
import { readNumber } from '../metrics/prometheus/number.ts';
import type { Labels } from '../series/series.ts';
import type { Recorder } from './recorder.ts';

const ACCEPTED =
  '{"status":"success","data":{"resultType":"matrix","result":[…]}}, as query_range of Prometheus answers';

/** Adds all samples, or tells what is wrong (SRN1907). */
export function addMatrix(text: string, recorder: Recorder): readonly Problem[] {
  const read = parsed(text);
  if ('problem' in read) return [read.problem];
  const answer = read.value;
  const status = field(answer, 'status');
  if (status !== 'success') {
    const error = field(answer, 'error');
    const message = status === 'error' ? 'the answer is an error of Prometheus' : 'this is no answer of Prometheus';
    return [wrong(message, typeof error === 'string' ? error : found(status), 'status')];
  }
  for (const name of ['warnings', 'isPartial']) {
    const told = field(answer, name) ?? false;
    if (told !== false && !(Array.isArray(told) && told.length === 0)) return [partial(name, told)];
  }
  const data = field(answer, 'data');
  const type = field(data, 'resultType');
  if (type !== 'matrix') return [wrong('the answer holds no samples over time', found(type), 'data.resultType')];
  const result = field(data, 'result');
  if (!Array.isArray(result)) return [wrong('the answer has no list of series', found(result), 'data.result')];
  for (const [index, series] of result.entries()) {
    const problem = addSeries(series, `data.result[${index}]`, recorder);
    if (problem !== undefined) return [problem];
  }
  return [];
}

function addSeries(series: unknown, path: string, recorder: Recorder): Problem | undefined {
  const labels = field(series, 'metric');
  if (!isLabels(labels)) return wrong('a series without labels', found(labels), `${path}.metric`);
  const histograms = field(series, 'histograms');
  if (histograms !== undefined)
    return wrong('native histograms are not supported', found(histograms), `${path}.histograms`);
  const values = field(series, 'values');
  if (!Array.isArray(values)) return wrong('a series without samples', found(values), `${path}.values`);
  const track = recorder.track(labels);
  for (const [index, pair] of values.entries()) {
    const [seconds, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
    const number = typeof value === 'string' ? readNumber(value) : undefined;
    if (typeof seconds !== 'number' || number === undefined)
      return wrong('a sample is a time and a value in quotes', found(pair), `${path}.values[${index}]`);
    track.add(Math.round(seconds * 1000), number);
  }
  return undefined;
}

/** With line and column where the parser names a position. */
function parsed(text: string): { value: unknown } | { problem: Problem } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const offset = /at position (\d+)/.exec(message)?.[1];
    const before = offset === undefined ? undefined : text.slice(0, Number(offset)).split('\n');
    const place = before === undefined ? {} : { line: before.length, column: (before.at(-1) ?? '').length + 1 };
    const what = message
      .replace(/ in JSON at position.*$/s, '')
      .replace(/, [^,]*"[\s\S]* is not valid JSON$/, '')
      .replace(/^./, (first) => first.toLowerCase());
    return { problem: { code: 'SRN1907', place, message: `not valid JSON: ${what}`, accepted: ACCEPTED } };
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;

const isLabels = (value: unknown): value is Labels =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((label) => typeof label === 'string');

/** Told in a few words: what is nested may be nested too deep to be written out. */
function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (isScalar(value) || Object.values(value as object).every(isScalar)) return shortened(JSON.stringify(value));
  return Array.isArray(value) ? 'a list' : 'a map';
}

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);

/** As where a Prometheus is asked at once: what is missing may be what would have failed a gate. */
const partial = (path: string, told: unknown): Problem => ({
  code: 'SRN1907',
  place: { path },
  message: 'the answer may be partial: it came with warnings',
  found: found(told),
  accepted: 'an answer without warnings',
});

const wrong = (message: string, what: string, path: string): Problem => ({
  code: 'SRN1907',
  place: { path },
  message,
  found: what,
  accepted: ACCEPTED,
});
