// Samples from a store in this process, behind the interface that a Prometheus will have too.
// Never fills the store (scrape/ does). Called by rehearsal and tests.
import type { Millis } from '../lib/clock.ts';
import { DEFAULT_LOOKBACK_MS, evaluate } from '../promql/evaluate.ts';
import type { SeriesData, SeriesReader } from '../series/series.ts';
import type { MetricsSource } from './source.ts';

export interface LocalSourceOptions {
  readonly store: SeriesReader;
  /** Of the targets whose samples matter: the shortest, when they differ. */
  readonly scrapeIntervalMs: number;
}

export function localSource({ store, scrapeIntervalMs }: LocalSourceOptions): MetricsSource {
  return {
    scrapeIntervalMs,
    instant: async (expr, at) => evaluate(expr, store, at),
    select: async (matchers, from, to) => store.select(matchers, from, to),
    freshAt: async (at) =>
      newestSuccess(store.select([{ name: '__name__', op: '=', value: 'up' }], at - DEFAULT_LOOKBACK_MS, at)),
  };
}

function newestSuccess(ups: readonly SeriesData[]): Millis | undefined {
  return ups
    .map(({ times, values }) => times[values.lastIndexOf(1)])
    .reduce((newest, time) => (time !== undefined && time > (newest ?? -Infinity) ? time : newest), undefined);
}
