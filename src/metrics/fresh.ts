// When anything was scraped last, from the `up` series that every scraper writes.
// Never asks for them itself. Called by the sources of this room.
import type { Millis } from '../lib/clock.ts';
import type { Matcher, SeriesData } from '../series/series.ts';

export const UP_LOOKBACK_MS = 5 * 60_000;

export const upEverywhere: readonly Matcher[] = [{ name: '__name__', op: '=', value: 'up' }];

/** The newest sample of 1. */
export function newestSuccess(ups: readonly SeriesData[]): Millis | undefined {
  return ups
    .map(({ times, values }) => times[values.lastIndexOf(1)])
    .reduce((newest, time) => (time !== undefined && time > (newest ?? -Infinity) ? time : newest), undefined);
}
