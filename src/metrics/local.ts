// Samples from a store in this process, behind the interface that a Prometheus has too (prometheus/).
// Never fills the store (scrape/ does). Called by rehearsal and tests.
import { evaluate } from '../promql/evaluate.ts';
import type { SeriesReader } from '../series/series.ts';
import { newestSuccess, UP_LOOKBACK_MS, upEverywhere } from './fresh.ts';
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
    freshAt: async (at) => newestSuccess(store.select(upEverywhere, at - UP_LOOKBACK_MS, at)),
  };
}
