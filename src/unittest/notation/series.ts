// The input series of a test, from their notation to samples in time.
// Never evaluates. Called by run.ts. What a line break in the notation means is promtool's: it reads a list of lines.
import type { Millis } from '../../lib/clock.ts';
import { seriesKey } from '../../series/labels.ts';
import type { Labels } from '../../series/series.ts';
import { type Fault, type Metric, readMetric } from './metric.ts';
import { type Run, readValues, type ValuesFault } from './values.ts';

export interface WrittenSeries {
  readonly series: string;
  readonly values: string;
}

export interface InputSeries {
  readonly labels: Labels;
  readonly runs: readonly Run[];
}

export interface Loaded {
  /** Of two with the same labels, the later. */
  readonly series: readonly InputSeries[];
  /** Series behind a blank line, which promtool takes for the end of the list. */
  readonly dropped: number;
}

export interface SeriesFault extends ValuesFault {
  /** Which of the input series. */
  readonly index: number;
  /** In which of the two texts the offset is; undefined: in neither, but in a further line. */
  readonly field?: 'series' | 'values';
}

export function readInput(written: readonly WrittenSeries[]): Loaded | SeriesFault {
  const found = new Map<string, InputSeries>();
  for (const [index, one] of written.entries()) {
    for (const [line, raw] of `${one.series} ${one.values}`.split('\n').entries()) {
      const text = raw.trim();
      if (text === '' || text.startsWith('#'))
        return { series: [...found.values()], dropped: written.length - 1 - index };
      const read = readLine(text);
      if ('message' in read) return { ...read, index, ...(line === 0 ? fieldOf(one, raw, read) : {}) };
      found.set(seriesKey(read.labels), read);
    }
  }
  return { series: [...found.values()], dropped: 0 };
}

/** In which field an offset of the trimmed first line is, and where there. */
function fieldOf({ series }: WrittenSeries, raw: string, { offset }: Fault): Pick<SeriesFault, 'field' | 'offset'> {
  const at = offset + (raw.length - raw.trimStart().length);
  return at <= series.length ? { field: 'series', offset: at } : { field: 'values', offset: at - series.length - 1 };
}

function readLine(text: string): InputSeries | ValuesFault {
  const [first = ''] = text.split(/[ \t]/);
  if (first.endsWith('@st') && first !== text)
    return { offset: 0, message: 'lines of start timestamps (@st) are not supported', unsupported: true };
  const metric = readMetric(text, { blanks: false });
  if ('message' in metric) return metric;
  if (metric.twice !== undefined) return { offset: 0, message: `the label name ${metric.twice} is not unique` };
  const runs = readValues(text, metric.end);
  if ('message' in runs) return runs;
  const labels = toLabels(metric);
  return Object.keys(labels).length === 0 ? { offset: 0, message: 'a series has a name or a label' } : { labels, runs };
}

const toLabels = ({ pairs }: Metric): Labels => Object.fromEntries(pairs.filter(([, value]) => value !== ''));

export interface TimedValue {
  readonly at: Millis;
  readonly value: number | 'stale';
}

/** One sample each interval from `start` on, as the runs say. */
export function* samplesOf({ runs }: InputSeries, start: Millis, intervalMs: number): Generator<TimedValue> {
  let index = 0;
  for (const run of runs) {
    if (run.kind === 'none') index += run.count;
    else if (run.kind === 'stale') yield { at: start + index++ * intervalMs, value: 'stale' };
    else {
      // Added up one by one, as promtool does it: the sums' rounding is part of its answer.
      let value = run.first;
      for (let left = run.count; left > 0; left--, value += run.step) yield { at: start + index++ * intervalMs, value };
    }
  }
}
