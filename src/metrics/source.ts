// Where samples come from, for everyone who reads them: one interface over a local store or a Prometheus.
// Never judges what it reads. Implemented by local.ts and prometheus/, under one contract test; read by the controller.
import type { Millis } from '../lib/clock.ts';
import type { Expr } from '../promql/ast.ts';
import type { Value } from '../promql/value.ts';
import type { Matcher, SeriesData } from '../series/series.ts';

export interface MetricsSource {
  /** How often targets are scraped, milliseconds; tells which samples are fresh. */
  readonly scrapeIntervalMs: number;
  /** How often it is measured what pods use, where that is known; cAdvisor does so every 10 to 15 s. */
  readonly usageEveryMs?: number;
  /** One instant query; rejects when it cannot be evaluated or the source cannot be reached. */
  instant(expr: Expr, at: Millis): Promise<Value>;
  /**
   * Raw samples of `from` ≤ t ≤ `to`. Staleness markers are among them where the source can tell them: a Prometheus' API
   * cannot, so that a reader must not take a last sample for a present one, but look at its age.
   */
  select(matchers: readonly Matcher[], from: Millis, to: Millis): Promise<readonly SeriesData[]>;
  /** The newest successful scrape of any target (`up` = 1) at or before `at`, looking back five minutes; undefined: none. */
  freshAt(at: Millis): Promise<Millis | undefined>;
}
