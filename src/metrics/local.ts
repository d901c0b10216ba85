// Samples from a store in this process, behind the interface that a Prometheus will have too.
// Never fills the store (scrape/ does). Called by rehearsal and tests.
import { evaluate } from '../promql/evaluate.ts';
import type { SeriesReader } from '../series/series.ts';
import type { MetricsSource } from './source.ts';

export function localSource({ store, scrapeIntervalMs }: { store: SeriesReader; scrapeIntervalMs: number }): MetricsSource {
  return {
    scrapeIntervalMs,
    instant: async (expr, at) => evaluate(expr, store, at),
    select: async (matchers, from, to) => store.select(matchers, from, to),
  };
}
