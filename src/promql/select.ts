// Reads what selectors select: one sample per series at an instant (with look-back), or the samples of a window.
// Windows and look-back are left-open, as since Prometheus 3; a staleness marker ends a series and is never a sample.
// Never computes on values. Called by evaluate.ts.
import type { Millis } from '../lib/clock.ts';
import { isStale, type SeriesData, type SeriesReader } from '../series/series.ts';
import type { MatrixSelector, VectorSelector } from './ast.ts';
import type { TimedSample, Window } from './functions/function.ts';

/** Each series' newest sample in (at − offset − lookback, at − offset], unless a staleness marker is newer. */
export function selectInstant(
  reader: SeriesReader,
  { matchers, offsetMs }: VectorSelector,
  at: Millis,
  lookbackMs: number,
): readonly TimedSample[] {
  const to = at - offsetMs;
  const from = to - lookbackMs;
  const samples: TimedSample[] = [];
  for (const { labels, times, values } of reader.select(matchers, from, to)) {
    const index = firstAfter(times, to) - 1;
    const time = times[index];
    const value = values[index];
    if (time === undefined || value === undefined || time <= from || isStale(values, index)) continue;
    samples.push({ labels, time, value });
  }
  return samples;
}

/** Each series' samples in (at − offset − range, at − offset]; series without any are left out. */
export function selectWindows(
  reader: SeriesReader,
  { selector, rangeMs }: MatrixSelector,
  at: Millis,
): readonly Window[] {
  const to = at - selector.offsetMs;
  const from = to - rangeMs;
  const windows: Window[] = [];
  for (const series of reader.select(selector.matchers, from, to)) {
    const { times, values } = withoutMarkers(series, firstAfter(series.times, from), firstAfter(series.times, to));
    if (times.length > 0) windows.push({ labels: series.labels, times, values, from, to, rangeMs });
  }
  return windows;
}

/** The index of the first time after `limit`; times are in order. */
function firstAfter(times: Float64Array, limit: Millis): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The samples of [first, end): views, or copies where markers have to go. */
function withoutMarkers(
  { times, values }: SeriesData,
  first: number,
  end: number,
): { times: Float64Array; values: Float64Array } {
  let markers = 0;
  for (let i = first; i < end; i += 1) if (isStale(values, i)) markers += 1;
  if (markers === 0) return { times: times.subarray(first, end), values: values.subarray(first, end) };
  const kept = { times: new Float64Array(end - first - markers), values: new Float64Array(end - first - markers) };
  let next = 0;
  for (let i = first; i < end; i += 1) {
    if (isStale(values, i)) continue;
    kept.times[next] = times[i] ?? 0;
    kept.values[next] = values[i] ?? 0;
    next += 1;
  }
  return kept;
}
