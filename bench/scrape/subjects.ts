// Who scrapes: Serin's scraper, or a real Prometheus with the same targets and interval; each started afresh and counted.
// Never measures. Called by bench.ts.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startPrometheus } from '../../test/support/prometheus.ts';
import type { Scraped, ScraperOrder } from './scraper.ts';

export interface Subject extends AsyncDisposable {
  readonly pid: number;
  /** Of all scrapes so far. */
  scraped(): Promise<Pick<Scraped, 'samples' | 'failed'>>;
}

export async function startSerin(order: ScraperOrder): Promise<Subject> {
  const child = fork(new URL('scraper.ts', import.meta.url), [], { execArgv: [] });
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) throw new Error(`the scraper's process ended (${code})`);
  });
  child.send(order);
  return {
    pid: child.pid ?? Number.NaN,
    scraped: async () => {
      const answer = once(child, 'message');
      child.send('scraped');
      return (await answer)[0] as Scraped;
    },
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

export async function startPeer({ ports, intervalMs }: ScraperOrder): Promise<Subject> {
  const every = `${intervalMs}ms`;
  const config = {
    global: { scrape_interval: every, scrape_timeout: every },
    scrape_configs: [
      {
        job_name: 'shop/checkout',
        // The targets do not compress; ours does not ask for it either.
        enable_compression: false,
        static_configs: ports.map((port, index) => ({
          targets: [`127.0.0.1:${port}`],
          labels: { namespace: 'shop', pod: `checkout-${index}` },
        })),
      },
    ],
  };
  // JSON is YAML.
  const prometheus = await startPrometheus({ config: JSON.stringify(config) });
  const number = async (query: string): Promise<number> => {
    const answer = await fetch(`${prometheus.url}/api/v1/query?${new URLSearchParams({ query })}`);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    return Number(data.result[0]?.value[1] ?? 0);
  };
  return {
    pid: prometheus.pid,
    scraped: async () => ({
      samples: await number('sum(sum_over_time(scrape_samples_scraped[10m]))'),
      failed: await number('sum(count_over_time(up[10m])) - sum(sum_over_time(up[10m]))'),
    }),
    [Symbol.asyncDispose]: () => prometheus.stop(),
  };
}
