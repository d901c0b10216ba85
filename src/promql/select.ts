// Reads what selectors select out of series: one sample per series at an instant (with look-back), or those of a window.
// Windows and look-back are left-open, as since Prometheus 3; a staleness marker ends a series and is never a sample.
// Never computes on values. Called by pass.ts.
import type { Millis } from '../lib/clock.ts';
import { isStale, type SeriesData } from '../series/series.ts';
import type { TimedSample } from './functions/function.ts';
import { Track, Window } from './functions/window.ts';
import type { Budget } from './query.ts';

/** Each series' newest sample in (to − lookback, to], unless a staleness marker is newer. */
export function newestSamples(all: readonly SeriesData[], to: Millis, lookbackMs: number): readonly TimedSample[] {
  const from = to - lookbackMs;
  const samples: TimedSample[] = [];
  for (const { labels, times, values } of all) {
    const index = firstAfter(times, to) - 1;
    const time = times[index];
    const value = values[index];
    if (time === undefined || value === undefined || time <= from || isStale(values, index)) continue;
    samples.push({ labels, time, value });
  }
  return samples;
}

/** The windows (to − range, to] over the tracks, but those without any sample. */
export function windowsOf(tracks: readonly Track[], to: Millis, rangeMs: number, budget: Budget): readonly Window[] {
  // In whole milliseconds, as Prometheus counts.
  const from = to - Math.trunc(rangeMs);
  const windows: Window[] = [];
  for (const track of tracks) {
    const first = firstAfter(track.times, from);
    const end = firstAfter(track.times, to);
    if (first === end) continue;
    budget.reads(end - first);
    windows.push(new Window(track, [first, end], from, to, rangeMs));
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

/** The series without its staleness markers. */
export function trackOf(series: SeriesData): Track {
  const { labels, times, values } = series;
  let markers = 0;
  for (let i = 0; i < values.length; i += 1) if (isStale(values, i)) markers += 1;
  if (markers === 0) return new Track(series);
  const kept = {
    labels,
    times: new Float64Array(times.length - markers),
    values: new Float64Array(times.length - markers),
  };
  let next = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (isStale(values, i)) continue;
    kept.times[next] = times[i] ?? 0;
    kept.values[next] = values[i] ?? 0;
    next += 1;
  }
  return new Track(kept);
}
