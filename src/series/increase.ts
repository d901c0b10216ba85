// What raw counters counted: increments between samples, resets and births handled. The ground evidence stands on.
// Never extrapolates as PromQL's increase() does, never fills a gap with zeros. Called by the controller's readings of traffic and by inspect.
import type { Millis } from '../lib/clock.ts';
import type { SeriesData } from './series.ts';

export interface CountOptions {
  /**
   * The first time at which the series' target is known to have been scraped, within the samples given (its first
   * `up` = 1 there). A series whose own first sample is later did not exist then: it began at zero, so its first value
   * counts. Without this, or when the series was there from the start, the first sample only says where counting begins.
   */
  readonly scrapedSince?: Millis;
  /** Share each increment evenly over the time between its two samples, instead of dating it to the later one. */
  readonly interpolate?: boolean;
}

/** The running total of one counter: `totals[i]` is what was counted up to and with `times[i]`; never falls. */
export interface RunningTotal {
  readonly times: Float64Array;
  readonly totals: Float64Array;
}

/** Staleness markers, NaN, infinities and negative values are no counts: they are passed over. Counts lost in a reset stay lost. */
export function runningTotal({ times, values }: SeriesData, { scrapedSince }: CountOptions = {}): RunningTotal {
  const keptTimes = new Float64Array(times.length);
  const totals = new Float64Array(times.length);
  let kept = 0;
  let total = 0;
  let previous: number | undefined;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    // A staleness marker is a NaN too.
    if (!(value >= 0 && value < Infinity)) continue;
    const time = times[index] as number;
    if (previous === undefined) previous = scrapedSince !== undefined && time > scrapedSince ? 0 : value;
    total += value >= previous ? value - previous : value;
    previous = value;
    keptTimes[kept] = time;
    totals[kept++] = total;
  }
  return { times: keptTimes.subarray(0, kept), totals: totals.subarray(0, kept) };
}

/** The total at a time; constant after the last sample, 0 before the first. */
export function totalAt({ times, totals }: RunningTotal, time: Millis, interpolate = false): number {
  const after = firstAfter(times, time);
  if (after === 0) return 0;
  const [start, count] = [times[after - 1] as number, totals[after - 1] as number];
  if (!interpolate || after === times.length) return count;
  const [end, next] = [times[after] as number, totals[after] as number];
  return count + (next - count) * ((time - start) / (end - start));
}

/**
 * What the counter counted in (from, to]. The samples given should reach back to one at or before `from`, and forward
 * to one at or after `to`: what no sample shows is not counted. Additive: (a, b] and (b, c] make (a, c].
 */
export function increase(series: SeriesData, from: Millis, to: Millis, options: CountOptions = {}): number {
  const total = runningTotal(series, options);
  return totalAt(total, to, options.interpolate) - totalAt(total, from, options.interpolate);
}

function firstAfter(times: Float64Array, time: Millis): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
