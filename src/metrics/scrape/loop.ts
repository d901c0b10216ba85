// Scrapes one target at its slots until it is stopped: one scrape at a time, each bounded by the target's timeout.
// Never lets a target's failure out: it becomes up = 0 and words in the health. Called by scraper.ts.

import type { Clock, Millis } from '../../lib/clock.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { SeriesStore } from '../../series/store.ts';
import { createIngest, type ScrapeOutcome } from './ingest.ts';
import type { FetchPage, Page } from './page.ts';
import { nextSlot, phaseOf, sampleTime } from './schedule.ts';
import { type ScrapeTarget, type TargetHealth, targetKey } from './target.ts';

export interface LoopOptions {
  readonly target: ScrapeTarget;
  readonly store: SeriesStore;
  readonly clock: Clock;
  readonly fetch: FetchPage;
  readonly bodyLimitBytes: number;
  readonly paused: () => boolean;
  /** After each scrape has been written to the store. */
  readonly scraped: (health: TargetHealth) => void;
}

export interface TargetLoop {
  readonly health: () => TargetHealth;
  /** Ends the loop, a scrape under way is given up; `removed`: the target's series end too. */
  stop(reason: 'removed' | 'stopped'): Promise<void>;
}

// OpenMetrics first; the quoted names of Prometheus 3 are understood in both.
const ACCEPT =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';

export function startLoop(options: LoopOptions): TargetLoop {
  const { target, store, clock, paused } = options;
  const { intervalMs } = target;
  const phase = phaseOf(targetKey(target), intervalMs);
  const stopping = new AbortController();
  const ingest = createIngest(store, target.labels);
  let health: TargetHealth = { target, state: 'unknown', samples: 0, refused: 0 };

  const scrape = async (slot: Millis): Promise<void> => {
    const start = clock.now();
    const page = await fetchWithin(options, stopping.signal);
    if (stopping.signal.aborted || paused()) return;
    const at = sampleTime(slot, start, intervalMs);
    const durationMs = clock.now() - start;
    const outcome =
      typeof page === 'string'
        ? ingest.failure(page, at, durationMs)
        : ingest.page(page.body, page.contentType, at, durationMs);
    health = healthAfter(target, outcome, at, durationMs);
    options.scraped(health);
  };

  const run = async (): Promise<void> => {
    let slot = clock.now();
    while (!stopping.signal.aborted) {
      if (!paused()) await scrape(slot);
      slot = nextSlot(slot, clock.now(), intervalMs, phase);
      await clock.sleep(slot - clock.now(), stopping.signal);
    }
  };
  const running = run();

  return {
    health: () => health,
    stop: async (reason) => {
      stopping.abort();
      await running;
      if (reason === 'removed') ingest.end(Math.max(Math.round(clock.now()), (health.lastScrape ?? 0) + 1));
    },
  };
}

/** The page, or in words why there is none. */
async function fetchWithin(options: LoopOptions, stopping: AbortSignal): Promise<Page | string> {
  const { target, clock, fetch, bodyLimitBytes } = options;
  const done = new AbortController();
  const timeout = new AbortController();
  // Not AbortSignal.timeout: the clock decides what time is.
  const timer = expire(clock, target.timeoutMs, done.signal, timeout);
  const headers = {
    accept: ACCEPT,
    'user-agent': 'serin',
    'x-prometheus-scrape-timeout-seconds': String(target.timeoutMs / 1000),
  };
  const signal = AbortSignal.any([stopping, timeout.signal]);
  try {
    return await fetch({ url: target.url, headers, signal, bodyLimitBytes });
  } catch (error) {
    return timeout.signal.aborted ? `no complete answer within ${formatDuration(target.timeoutMs)}` : reasonOf(error);
  } finally {
    // With a reason, since the default one is an error with a stack, and nobody reads it.
    done.abort(null);
    await timer;
  }
}

async function expire(clock: Clock, ms: number, done: AbortSignal, timeout: AbortController): Promise<void> {
  await clock.sleep(ms, done);
  // After a stall of this process timers run before sockets are read: what has arrived meanwhile is not late.
  await clock.sleep(0, done);
  if (!done.aborted) timeout.abort();
}

/** Network errors of several addresses tried have no message of their own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}

const healthAfter = (target: ScrapeTarget, outcome: ScrapeOutcome, at: Millis, durationMs: number): TargetHealth => ({
  target,
  state: outcome.error === undefined ? 'up' : 'down',
  ...(outcome.error === undefined ? {} : { lastError: outcome.error }),
  lastScrape: at,
  lastDurationMs: durationMs,
  samples: outcome.samples,
  refused: outcome.refused,
});
