// From the data of an answer to values: exact numbers, times in milliseconds, and nothing that is not what was asked for.
// Never forgives: an answer for another time, of another type, or with histograms in it is an AnswerError. Called by source.ts.
import type { Millis } from '../../lib/clock.ts';
import type { Sample, Value, ValueType } from '../../promql/value.ts';
import type { Labels, SeriesData } from '../../series/series.ts';
import { readNumber } from './number.ts';

/** What came instead; the message is for people. */
export class AnswerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AnswerError';
  }
}

/** `from` ≤ t ≤ `to`, milliseconds. */
export interface Between {
  readonly from: Millis;
  readonly to: Millis;
}

/** An instant query's value; `at` is when every sample of it must be. */
export function instantValueOf(data: unknown, type: Exclude<ValueType, 'matrix'>, at: Millis): Value {
  const result = resultOf(data, type);
  if (type === 'vector') return { kind: 'vector', samples: listOf(result).map((one) => sampleOf(one, at)) };
  const [time, text] = pairOf(result);
  sameTime(time, at);
  if (type === 'string') return { kind: 'string', value: textOf(text) };
  return { kind: 'scalar', value: numberOf(text) };
}

/**
 * Series of samples. Prometheus 2 counts a range's first millisecond in and Prometheus 3 does not: one sample just before
 * `from` is left out, any other outside makes the answer one to another question.
 */
export function seriesOf(data: unknown, { from, to }: Between): readonly SeriesData[] {
  return listOf(resultOf(data, 'matrix')).map((one) => {
    const { metric, values, histograms } = mapOf(one);
    if (histograms !== undefined) throw new AnswerError('native histograms, which Serin does not read');
    const labels = labelsOf(metric);
    const pairs = listOf(values).map(pairOf);
    const read = pairs.map(([time]) => millis(time));
    const outside = read.find((time) => time < from - 1 || time > to);
    if (outside !== undefined) throw otherTime(outside, from, to);
    const kept = read.filter((time) => time >= from);
    const skipped = read.length - kept.length;
    return {
      labels,
      times: Float64Array.from(kept),
      values: Float64Array.from(pairs.slice(skipped), ([, value]) => numberOf(value)),
    };
  });
}

/** The label sets of a series request. */
export const labelSetsOf = (data: unknown): readonly Labels[] => listOf(data).map(labelsOf);

function sampleOf(one: unknown, at: Millis): Sample {
  const { metric, value, histogram } = mapOf(one);
  if (histogram !== undefined) throw new AnswerError('a native histogram, which Serin does not read');
  const [time, number] = pairOf(value);
  sameTime(time, at);
  return { labels: labelsOf(metric), value: numberOf(number) };
}

function resultOf(data: unknown, type: ValueType): unknown {
  const { resultType, result } = mapOf(data);
  if (resultType === type) return result;
  throw new AnswerError(
    `a ${typeof resultType === 'string' ? resultType : 'value without a type'} in place of a ${type}`,
  );
}

function sameTime(time: unknown, at: Millis): void {
  const read = millis(time);
  if (read !== at) throw otherTime(read, at, at);
}

/** A cache or a gateway that answers with the past: nothing tells that it is still so. Rounded, so that the message stays. */
function otherTime(read: Millis, from: Millis, to: Millis): AnswerError {
  const seconds = Math.round((read < from ? from - read : read - to) / 1000);
  const distance =
    seconds < 1 ? 'less than a second' : seconds < 60 ? `${seconds}s` : `about ${Math.round(seconds / 60)}m`;
  return new AnswerError(`samples of ${distance} ${read < from ? 'before' : 'after'} the time that was asked for`);
}

/** Whole milliseconds, from seconds with three decimals. */
function millis(time: unknown): Millis {
  if (typeof time !== 'number') throw shape('a time');
  return Math.round(time * 1000);
}

function numberOf(text: unknown): number {
  if (typeof text !== 'string') throw shape('a value as text');
  const number = readNumber(text);
  if (number === undefined) throw shape('a number');
  return number;
}

function labelsOf(metric: unknown): Labels {
  const labels = mapOf(metric);
  for (const value of Object.values(labels)) textOf(value);
  return labels as Labels;
}

function pairOf(value: unknown): readonly [unknown, unknown] {
  const pair = listOf(value);
  if (pair.length !== 2) throw shape('a time with a value');
  return [pair[0], pair[1]];
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw shape('a text');
  return value;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw shape('a list');
  return value;
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw shape('a map');
  return value as Readonly<Record<string, unknown>>;
}

const shape = (what: string): AnswerError => new AnswerError(`JSON that lacks ${what} where Prometheus has one`);
