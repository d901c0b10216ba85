// Pages of metrics, scraped as long as it takes to look at them: counters show a rate from the second scrape on.
// Never discovers targets: whose a page is, its user says, or the page itself. Called by `serin metrics check`.
import type { Clock } from '../lib/clock.ts';
import { SerinError } from '../lib/problem.ts';
import { localSource } from '../metrics/local.ts';
import type { FetchPage } from '../metrics/scrape/page.ts';
import { createScraper } from '../metrics/scrape/scraper.ts';
import { type ScrapeTarget, type TargetHealth, targetKey } from '../metrics/scrape/target.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { VersionName } from '../release/status.ts';
import type { Labels } from '../series/series.ts';
import { createStore } from '../series/store.ts';
import { type Inspection, inspect } from './check.ts';
import type { Subjects } from './look.ts';
import { COUNTERS } from './values.ts';

export interface WatchedPage {
  readonly url: string;
  /** The pods' whose page it is: its series get their labels. Left out: they have labels of their own. */
  readonly version?: VersionName;
}

export interface PageDeps {
  readonly clock: Clock;
  readonly fetch: FetchPage;
  /** How often targets will be scraped in the release, which says what is fresh. */
  readonly scrapeIntervalMs: number;
}

const EVERY_MS = 1000;
const TIMEOUT_MS = 10_000;
const RETENTION_MS = 3_600_000;
/** Some pages have samples with times of their own, and new ones every 15 seconds at most. */
const MOST_MS = 30_000;

const WHOSE = 'say whose page it is, --scrape canary=URL or stable=URL; or name labels in `metrics.versions`';

/** Rejects with SRN1901 as soon as one of the pages cannot be scraped. */
export async function inspectPages(
  subjects: Subjects,
  pages: readonly WatchedPage[],
  deps: PageDeps,
): Promise<Inspection> {
  const { clock } = deps;
  const begin = clock.now();
  const watch = watchPages(targetsOf(pages, subjects), deps);
  try {
    for (;;) {
      await watch.next();
      const found = await inspect(subjects, watch.metrics, clock, WHOSE);
      if (isSettled(found) || clock.now() - begin >= MOST_MS) return found;
    }
  } finally {
    await watch.stop();
  }
}

/** A further scrape would tell nothing more. */
const isSettled = ({ signals }: Inspection): boolean =>
  signals.every(
    ({ what, state, value }) => state !== 'found' || value !== undefined || !COUNTERS.some((name) => name === what),
  );

const targetsOf = (pages: readonly WatchedPage[], { versions }: Subjects): readonly ScrapeTarget[] =>
  pages.map(({ url, version }, index) => {
    const { labels, pods = labels, deployment } = version === undefined ? nobody : versions[version];
    // Named as a pod of the Deployment is, for selectors by pod.
    const own = version === undefined ? {} : { ...pods, pod: `${deployment}-page-${index + 1}` };
    const target: Labels = { ...own, job: `page-${index + 1}`, instance: new URL(url).host };
    return { url, labels: target, intervalMs: EVERY_MS, timeoutMs: TIMEOUT_MS };
  });

const nobody = { deployment: '', labels: {}, pods: {} };

interface Watch {
  readonly metrics: MetricsSource;
  /** When every page has been scraped once more. */
  next(): Promise<void>;
  stop(): Promise<void>;
}

function watchPages(targets: readonly ScrapeTarget[], { clock, fetch, scrapeIntervalMs }: PageDeps): Watch {
  const store = createStore({ retentionMs: RETENTION_MS });
  const scraped = new Map(targets.map((target) => [targetKey(target), 0]));
  let rounds = 0;
  let turn = Promise.withResolvers<void>();
  const onScrape = ({ target, state, lastError }: TargetHealth): void => {
    if (state === 'down') {
      turn.reject(unreadable(target, lastError));
      return;
    }
    scraped.set(targetKey(target), (scraped.get(targetKey(target)) ?? 0) + 1);
    if (Math.min(...scraped.values()) >= rounds) turn.resolve();
  };
  const scraper = createScraper({ targets: () => targets, store, clock, fetch, onScrape });
  return {
    metrics: localSource({ store, scrapeIntervalMs }),
    next: async () => {
      rounds = Math.min(...scraped.values()) + 1;
      turn = Promise.withResolvers();
      // A page may fail while nobody waits: then its next scrape tells.
      turn.promise.catch(() => {});
      scraper.start();
      await turn.promise;
    },
    stop: () => scraper.stop(),
  };
}

function unreadable({ url }: ScrapeTarget, found = 'no page'): SerinError {
  const { origin, pathname } = new URL(url);
  return new SerinError([
    {
      code: 'SRN1901',
      place: {},
      message: `${origin}${pathname} cannot be scraped`,
      found,
      accepted:
        'the address of a page of metrics that can be reached from here, for example through kubectl port-forward',
    },
  ]);
}
