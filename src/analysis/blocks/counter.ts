// One cumulative counter as its samples show it: how much came in between two scrapes of its target, resets and births handled.
// Never fills a gap and never extrapolates. Called by targets.ts, series by series; see statistics.md A6, rules 1, 2 and 5.
import type { Millis } from '../../lib/clock.ts';
import type { SeriesData } from '../../series/series.ts';

export interface Readings {
  /** Strictly ascending. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/**
 * Without staleness markers, NaN, infinities and negative values, which are no counts. In the order of time; of two at one
 * time the later given counts. Those before `since` are left out, but for the last one where there is no other.
 */
export const readingsOf = (series: SeriesData, since = -Infinity): Readings => {
  const readings = isInOrder(series) ? series : inOrder(series);
  const first = Math.min(firstFrom(readings.times, since), readings.times.length - 1);
  if (first <= 0) return readings;
  return { times: readings.times.subarray(first), values: readings.values.subarray(first) };
};

/** Nearly always: nothing is to be copied. */
function isInOrder({ times, values }: Readings): boolean {
  let before = -Infinity;
  for (let index = 0; index < times.length; index++) {
    const time = times[index] as number;
    if (time <= before || !isCount(values[index] as number)) return false;
    before = time;
  }
  return true;
}

function inOrder({ times, values }: Readings): Readings {
  const kept: number[] = [];
  for (let index = 0; index < times.length; index++) if (isCount(values[index] as number)) kept.push(index);
  const timeOf = (index: number | undefined) => (index === undefined ? undefined : times[index]);
  kept.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
  const single = kept.filter((index, place) => timeOf(kept[place + 1]) !== timeOf(index));
  const pick = (from: Float64Array) => Float64Array.from(single, (index) => from[index] as number);
  return { times: pick(times), values: pick(values) };
}

// A staleness marker is a NaN too.
const isCount = (value: number): boolean => value >= 0 && value < Infinity;

/** The first at or after. */
export function firstFrom(times: Float64Array, time: Millis): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Counts are kept in steps of 2⁻²⁰, so that sums of them are exact in any order: parts of an interval add up to it, and
 * merged blocks to their parts, to the last digit. Whole numbers stay what they are.
 */
export const STEPS = 2 ** 20;

export const inSteps = (count: number): number => Math.round(count * STEPS) / STEPS;

/** When a target was scraped: its time line, on which its counters grow. */
export interface Scrapes {
  readonly times: Float64Array;
  readonly goneMs: number;
}

/** Marks the scrapes at which this counter had fallen since the scrape just before: its process had begun anew. */
export function markFalls({ times, values }: Readings, scrapes: Scrapes, fell: Uint8Array): void {
  let before = -1;
  let at = 0;
  for (let index = 0; index < times.length; index++) {
    at = scrapeAt(scrapes.times, at, times[index] as number);
    if (at === scrapes.times.length) return;
    if (before === at - 1 && index > 0 && (values[index] as number) < (values[index - 1] as number)) fell[at] = 1;
    before = at;
  }
}

/**
 * Adds to `grown[i]` what the counter counted between scrapes i - 1 and i. Returns the last scrape it was in, -1: none.
 *
 * Where nothing was scraped for longer than `goneMs` nothing is added: the scrape after only says where counting begins. A
 * counter that was not in the scrape before began at zero then, if it had not been there for as long, or if another counter
 * of its target fell meanwhile; one that was away for a moment goes on.
 *
 * Marks in `anew` the scrapes that it came to with less than it had: what it counted in between is not known.
 */
export function addGrowth(
  { times, values }: Readings,
  scrapes: Scrapes,
  fell: Uint8Array,
  grown: number[],
  anew: Uint8Array,
): number {
  let before = -1;
  let previous = 0;
  let at = 0;
  for (let index = 0; index < times.length; index++) {
    const time = times[index] as number;
    at = scrapeAt(scrapes.times, at, time);
    if (at === scrapes.times.length) return before;
    const value = inSteps(values[index] as number);
    if (at > 0 && time - (scrapes.times[at - 1] as number) <= scrapes.goneMs) {
      const isNew =
        before < 0 ||
        time - (scrapes.times[before] as number) > scrapes.goneMs ||
        (before < at - 1 && fell.subarray(before + 1, at + 1).includes(1));
      grown[at] = (grown[at] as number) + (isNew || value < previous ? value : value - previous);
      if (!isNew && value < previous) anew[at] = 1;
    }
    before = at;
    previous = value;
  }
  return before;
}

/** The same for a level: its mean between two samples, times the seconds between them. */
export function addLevel({ times, values }: Readings, scrapes: Scrapes, grown: number[]): number {
  let at = 0;
  let before = -1;
  for (let index = 0; index < times.length; index++) {
    const time = times[index] as number;
    at = scrapeAt(scrapes.times, at, time);
    if (at === scrapes.times.length) return before;
    const since = time - (times[index - 1] ?? time);
    if (since <= scrapes.goneMs) {
      const mean = ((values[index] as number) + (values[index - 1] ?? 0)) / 2;
      grown[at] = (grown[at] as number) + inSteps((mean * since) / 1000);
    }
    before = at;
  }
  return before;
}

/** Of counters in a scrape its time is the scrape's; those after the pod's end are in none. */
function scrapeAt(times: Float64Array, from: number, time: number): number {
  let at = from;
  while (at < times.length && (times[at] as number) < time) at++;
  return at;
}
