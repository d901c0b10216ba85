import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, type OpenMetricsContentType, type PrometheusContentType, Registry } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { parse } from '../../promql/parse.ts';
import { increase } from '../../series/increase.ts';
import { createStore } from '../../series/store.ts';
import { localSource } from '../local.ts';
import { createPageFetcher } from './page.ts';
import { createScraper } from './scraper.ts';
import type { ScrapeTarget, TargetHealth } from './target.ts';

const INTERVAL_MS = 100;
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const closeServer = async (server: Server) => {
  server.closeAllConnections();
  server.close();
  if (server.listening) await once(server, 'close');
};

it('follows real servers from their first page to their end, in text and OpenMetrics', async () => {
  const text = new Registry();
  const openMetrics: Registry<OpenMetricsContentType | PrometheusContentType> = new Registry();
  openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const registries = [text, openMetrics] as Registry[];
  const servers: Server[] = [];
  const targets: ScrapeTarget[] = [];
  for (const [index, registry] of registries.entries()) {
    const counter = new Counter({
      name: 'hits_total',
      help: 'Pages given',
      labelNames: ['path'],
      registers: [registry],
    });
    const server = createServer((request, response) => {
      counter.inc({ path: request.url ?? '' });
      void registry.metrics().then((text) => response.setHeader('content-type', registry.contentType).end(text));
    }).listen(0, '127.0.0.1');
    closers.push(() => closeServer(server));
    servers.push(server);
    await once(server, 'listening');
    const instance = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const labels = { job: 'test', instance, index: String(index) };
    targets.push({ url: `http://${instance}/metrics`, labels, intervalMs: INTERVAL_MS, timeoutMs: 10_000 });
  }
  const store = createStore({ retentionMs: 3_600_000 });
  const pages = createPageFetcher();
  closers.push(() => pages.close());
  const waiting: { check: (health: TargetHealth) => void } = { check: () => undefined };
  const scraper = createScraper({
    targets: () => targets,
    store,
    clock: systemClock,
    fetch: pages.fetch,
    onScrape: (health) => waiting.check(health),
  });
  closers.push(() => scraper.stop());
  const until = (condition: (health: TargetHealth) => boolean) =>
    new Promise<TargetHealth>((resolve) => {
      waiting.check = (health) => condition(health) && resolve(health);
    });

  scraper.start();
  const seen = [0, 0];
  await until(({ target, state }) => {
    const index = Number(target.labels['index']);
    if (state === 'up') seen[index] = (seen[index] ?? 0) + 1;
    return seen.every((count) => count >= 8);
  });
  for (const index of ['0', '1']) {
    const [series] = store.select(
      [
        { name: '__name__', op: '=', value: 'hits_total' },
        { name: 'index', op: '=', value: index },
      ],
      0,
      systemClock.now() + 1000,
    );
    if (series === undefined) throw new Error('no series');
    // Every page counts itself, so that the counter grows by one from sample to sample: none twice, none lost.
    expect([...series.values]).toEqual([...series.values].map((_, position) => position + 1));
    const [first = 0, last = 0] = [series.times[0], series.times.at(-1)];
    expect(increase(series, first, last)).toBe(series.values.length - 1);
  }
  const source = localSource({ store, scrapeIntervalMs: INTERVAL_MS });
  expect((await source.freshAt(systemClock.now())) ?? 0).toBeGreaterThan(systemClock.now() - 5000);
  expect(await source.freshAt(systemClock.now() - 3_600_000)).toBeUndefined();

  const [gone] = servers;
  const down = until(({ target, state }) => target.labels['index'] === '0' && state === 'down');
  await closeServer(gone as Server);
  expect((await down).lastError).toMatch(/ECONNREFUSED|closed|reset/i);
  const expr = parse('hits_total');
  if (!expr.ok) throw new Error('cannot be parsed');
  const value = await source.instant(expr.value, systemClock.now());
  expect(value.kind === 'vector' && value.samples.map(({ labels }) => labels['index'])).toEqual(['1']);
});
