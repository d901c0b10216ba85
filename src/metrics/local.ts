// Samples from a store in this process, behind the interface that a Prometheus has too (prometheus/).
// Never fills the store (scrape/ does). Called by rehearsal and tests.
import { SerinError } from '../lib/problem.ts';
import { evaluate } from '../promql/evaluate.ts';
import type { Annotation } from '../promql/notes.ts';
import type { SeriesReader } from '../series/series.ts';
import { newestSuccess, UP_LOOKBACK_MS, upEverywhere } from './fresh.ts';
import type { MetricsSource } from './source.ts';

export interface LocalSourceOptions {
  readonly store: SeriesReader;
  /** Of the targets whose samples matter: the shortest, when they differ. */
  readonly scrapeIntervalMs: number;
  readonly usageEveryMs?: number;
}

export function localSource({ store, ...intervals }: LocalSourceOptions): MetricsSource {
  return {
    ...intervals,
    instant: async (expr, at) => {
      const warnings: string[] = [];
      const note = ({ level, message }: Annotation) => void (level === 'warning' && warnings.push(message));
      const value = evaluate(expr, store, at, { note });
      if (warnings[0] !== undefined) throw doubtful(warnings[0]);
      return value;
    },
    select: async (matchers, from, to) => store.select(matchers, from, to),
    freshAt: async (at) => newestSuccess(store.select(upEverywhere, at - UP_LOOKBACK_MS, at)),
  };
}

/** As with a Prometheus: what PromQL itself warns of cannot be evidence. */
const doubtful = (warning: string): SerinError =>
  new SerinError([
    {
      code: 'SRN1906',
      place: {},
      message: 'the answer is doubtful',
      found: `the warning "${warning}"`,
      accepted: 'a query that its samples allow without warnings',
    },
  ]);
