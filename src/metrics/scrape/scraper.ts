// Keeps one scrape loop per current target, and the store within its retention.
// Never knows where targets come from (the caller's function does). Called by the rehearsal.
import type { Clock, Millis } from '../../lib/clock.ts';
import type { SeriesStore } from '../../series/store.ts';
import { startLoop, type TargetLoop } from './loop.ts';
import type { FetchPage } from './page.ts';
import { type ScrapeTarget, type TargetHealth, targetKey } from './target.ts';

export interface ScraperOptions {
  /** The current list, asked again every `refreshMs` and at `refresh()`. */
  readonly targets: () => readonly ScrapeTarget[];
  readonly store: SeriesStore;
  readonly clock: Clock;
  /** createPageFetcher().fetch, or a test's own. */
  readonly fetch: FetchPage;
  readonly refreshMs?: number;
  readonly bodyLimitBytes?: number;
  /** Called after each scrape has been written to the store. */
  readonly onScrape?: (health: TargetHealth) => void;
}

export interface Scraper {
  start(): void;
  /** Ends all scraping; series are left as they are. */
  stop(): Promise<void>;
  /** Looks at the target list now: a new target is scraped at once, a removed one's series get staleness markers. */
  refresh(): void;
  /** As if the scraper were gone: no samples, no markers, until resume(). Scrapes under way are dropped. */
  pause(): void;
  resume(): void;
  health(): readonly TargetHealth[];
}

const DEFAULT_REFRESH_MS = 200;
const DEFAULT_BODY_LIMIT = 32 * 1024 * 1024;
const PRUNE_EVERY_MS = 30_000;

export function createScraper(options: ScraperOptions): Scraper {
  const { store, clock, fetch, refreshMs = DEFAULT_REFRESH_MS, bodyLimitBytes = DEFAULT_BODY_LIMIT } = options;
  const loops = new Map<string, TargetLoop>();
  const ending = new Set<Promise<void>>();
  const stopping = new AbortController();
  let paused = false;
  let running: Promise<void> | undefined;

  const startTarget = (target: ScrapeTarget): TargetLoop =>
    startLoop({
      target,
      store,
      clock,
      fetch,
      bodyLimitBytes,
      paused: () => paused,
      scraped: (health) => options.onScrape?.(health),
    });

  const end = (loop: TargetLoop, reason: 'removed' | 'stopped'): void => {
    const ended: Promise<void> = loop.stop(reason).finally(() => ending.delete(ended));
    ending.add(ended);
  };

  const refresh = (): void => {
    if (running === undefined || stopping.signal.aborted) return;
    const wanted = new Map(options.targets().map((target) => [targetKey(target), target]));
    for (const [key, loop] of loops) {
      if (wanted.has(key)) continue;
      loops.delete(key);
      end(loop, 'removed');
    }
    for (const [key, target] of wanted) if (!loops.has(key)) loops.set(key, startTarget(target));
  };

  const run = async (): Promise<void> => {
    let pruned: Millis = clock.now();
    while (!stopping.signal.aborted) {
      refresh();
      if (clock.now() - pruned >= PRUNE_EVERY_MS) {
        pruned = clock.now();
        store.prune(pruned);
      }
      await clock.sleep(refreshMs, stopping.signal);
    }
  };

  return {
    start: () => {
      // Set before run() begins, which looks at the targets at once.
      running ??= Promise.resolve().then(run);
    },
    stop: async () => {
      stopping.abort();
      for (const loop of loops.values()) end(loop, 'stopped');
      loops.clear();
      await running;
      await Promise.all(ending);
    },
    refresh,
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    health: () => [...loops.values()].map((loop) => loop.health()),
  };
}
