// Serin's scraper and store over given ports, set up as the rehearsal sets them up, in a process of its own. An entry file.
// Never measures its own time. Started by bench.ts.
import { systemClock } from '../../src/lib/clock.ts';
import { createPageFetcher } from '../../src/metrics/scrape/page.ts';
import { createScraper } from '../../src/metrics/scrape/scraper.ts';
import { createStore } from '../../src/series/store.ts';

export interface ScraperOrder {
  readonly ports: readonly number[];
  readonly intervalMs: number;
}

/** Of all scrapes so far; sent whenever a message asks for it. */
export interface Scraped {
  readonly scrapes: number;
  readonly failed: number;
  readonly samples: number;
  readonly refused: number;
}

function begin({ ports, intervalMs }: ScraperOrder): () => Scraped {
  const [scraped, fetcher] = [{ scrapes: 0, failed: 0, samples: 0, refused: 0 }, createPageFetcher()];
  const targets = ports.map((port, index) => ({
    url: `http://127.0.0.1:${port}/metrics`,
    labels: { job: 'shop/checkout', namespace: 'shop', pod: `checkout-${index}`, instance: `127.0.0.1:${port}` },
    intervalMs,
    timeoutMs: intervalMs,
  }));
  const scraper = createScraper({
    targets: () => targets,
    store: createStore({ retentionMs: 3_600_000 }),
    clock: systemClock,
    fetch: fetcher.fetch,
    onScrape: ({ state, samples, refused }) => {
      scraped.scrapes += 1;
      scraped.failed += Number(state === 'down');
      scraped.samples += samples;
      scraped.refused += refused;
    },
  });
  scraper.start();
  return () => ({ ...scraped });
}

process.once('message', (order: ScraperOrder) => {
  const scraped = begin(order);
  process.on('message', () => process.send?.(scraped()));
});
process.on('disconnect', () => process.exit(0));
