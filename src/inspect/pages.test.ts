import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import type { FetchPage } from '../metrics/scrape/page.ts';
import type { Subjects } from './look.ts';
import { inspectPages, type WatchedPage } from './pages.ts';

const subjects: Subjects = {
  versions: {
    stable: { deployment: 'checkout-v1', labels: { namespace: 'prod', version: 'v1' } },
    canary: { deployment: 'checkout-v2', labels: { namespace: 'prod', version: 'v2' } },
  },
  policy: { metrics: {}, gates: { pods: { promql: 'sum(http_requests_total{pod=~"checkout-v2-.*"}) > 1e9' } } },
};

const both: readonly WatchedPage[] = [
  { url: 'http://one/metrics', version: 'stable' },
  { url: 'http://two/metrics', version: 'canary' },
];

/** Runs to its end on a clock of its own; how often each page was scraped, and how long it took. */
async function check(pages: readonly WatchedPage[], page: (scrape: number, now: number) => string | Error) {
  const clock = new ManualClock();
  const begin = clock.now();
  const scrapes = new Map<string, number>();
  const fetch: FetchPage = async ({ url }) => {
    const scrape = (scrapes.get(url) ?? 0) + 1;
    scrapes.set(url, scrape);
    const body = page(scrape, clock.now());
    if (body instanceof Error) throw body;
    return { contentType: 'text/plain', body };
  };
  let took: number | undefined;
  const run = inspectPages(subjects, pages, { clock, fetch, scrapeIntervalMs: 15_000 }).finally(() => {
    took = clock.now() - begin;
  });
  run.catch(() => {});
  for (let step = 0; took === undefined && step < 400; step++) await clock.advance(100);
  return { run, scrapes: [...scrapes.values()], took };
}

describe('pages that are looked at', () => {
  it('are scraped twice where counters count: a rate needs no more', async () => {
    const { run, scrapes, took } = await check(both, (scrape) => `http_requests_total{code="200"} ${scrape * 10}\n`);
    const { signals, gates, complete } = await run;
    expect(signals.filter(({ what }) => what === 'requests').map(({ value }) => value?.endsWith('/s'))).toEqual([
      true,
      true,
    ]);
    expect(Math.max(...scrapes)).toBeLessThanOrEqual(3);
    expect(Math.min(...scrapes)).toBe(2);
    expect(took).toBeLessThan(2000);
    expect(gates[0]?.selectors[0]).toMatchObject({ version: 'canary', state: 'found' });
    expect(complete).toBe(true);
  });

  it('are scraped once where there is no counter', async () => {
    const { run, scrapes } = await check([{ url: 'http://one/metrics' }], () => 'a 1\n');
    expect(await run).toMatchObject({ complete: false });
    expect(scrapes).toEqual([1]);
  });

  it('are scraped until samples with times of their own move', async () => {
    const { run, scrapes, took } = await check(both.slice(0, 1), (_, now) => {
      const time = Math.floor(now / 10_000) * 10_000;
      return `http_requests_total{code="200"} ${time / 1000} ${time}\n`;
    });
    expect((await run).signals.find(({ what }) => what === 'requests')?.value).toBe('1/s');
    expect(scrapes[0]).toBeGreaterThan(2);
    expect(took).toBeLessThanOrEqual(12_000);
  });

  it('are scraped for half a minute at most', async () => {
    const { run, took } = await check(
      both.slice(0, 1),
      (_, now) => `http_requests_total{code="200"} 7 ${now > 0 ? 1000 : 0}\n`,
    );
    await run;
    expect(took).toBeLessThanOrEqual(31_000);
  });

  it('that cannot be scraped end the look at once, with their address and without its query string', async () => {
    const pages = [...both.slice(0, 1), { url: 'http://two:81/metrics?token=secret' }];
    const { run, took } = await check(pages, () => new Error('connect ECONNREFUSED'));
    await expect(run).rejects.toThrow(
      /^http:\/\/(one\/|two:81\/)metrics cannot be scraped \(found connect ECONNREFUSED/,
    );
    await expect(run).rejects.not.toThrow(/secret/);
    expect(took).toBeLessThan(500);
  });

  it('that are no pages of metrics end it too', async () => {
    const { run } = await check(both, () => '<html>');
    await expect(run).rejects.toThrow(/line 1.*\[SRN1901\]/);
  });
});
