// What is scraped, and what is known about how that goes.
// Never fetches. Written by targets.ts and the rehearsal; read by the scraper, doctor pages.
import type { Millis } from '../../lib/clock.ts';
import type { Labels } from '../../series/series.ts';

export interface ScrapeTarget {
  readonly url: string;
  /** Put on every series of the target; `job` and `instance` among them. */
  readonly labels: Labels;
  readonly intervalMs: number;
  /** A scrape that takes longer has failed. */
  readonly timeoutMs: number;
}

export interface TargetHealth {
  readonly target: ScrapeTarget;
  /** `unknown` before the first scrape has ended. */
  readonly state: 'unknown' | 'up' | 'down';
  /** Why the last scrape failed, in words; undefined while it is up. */
  readonly lastError?: string;
  /** The start of the last scrape. */
  readonly lastScrape?: Millis;
  readonly lastDurationMs?: number;
  /** On the last page. */
  readonly samples: number;
  /** Samples of the last page that the store refused: a series twice, a time of the past, or one far in the future. */
  readonly refused: number;
}

/** Two entries of a target list with one key are one target. */
export const targetKey = ({ url, labels, intervalMs, timeoutMs }: ScrapeTarget): string =>
  JSON.stringify([url, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)), intervalMs, timeoutMs]);
