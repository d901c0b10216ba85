// The simulated cluster on the real clock, its pods' metrics on real pages, found and scraped by a real Prometheus each second.
// Never part of the product. Called by integration tests that need a whole release and a whole Prometheus.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refOf } from '../../src/api/object.ts';
import { isReady } from '../../src/controller/versions.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { RealClock } from './real-clock.ts';
import { SimCluster } from './sim-cluster.ts';

export interface LiveCluster extends AsyncDisposable {
  readonly sim: SimCluster;
  /** prometheus.yml with which a Prometheus finds the pods. */
  readonly config: string;
}

const TICK_MS = 500;

export async function startLiveCluster(): Promise<LiveCluster> {
  const sim = new SimCluster(new RealClock());
  sim.scraping = false;
  const server = createServer((incoming, outgoing) => {
    const [, kind = '', pod = ''] = (incoming.url ?? '').split('/');
    serve(sim, kind, pod, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await sim.pass();
      await systemClock.sleep(TICK_MS, stopping.signal);
    }
  })();
  const config = `
global: { scrape_interval: 1s, scrape_timeout: 900ms }
scrape_configs:
  - job_name: pods
    http_sd_configs: [{ url: 'http://${address}/targets', refresh_interval: 1s }]
`;
  return {
    sim,
    config,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(sim: SimCluster, kind: string, name: string, outgoing: ServerResponse): Promise<void> {
  const pods = (await sim.pods()).filter(isReady);
  if (kind === 'targets') {
    const targets = pods.map((pod) => {
      const { name: own, labels } = pod.metadata;
      const path = { __metrics_path__: `/pods/${own}`, instance: own };
      const target = `127.0.0.1:${outgoing.socket?.localPort}`;
      return { targets: [target], labels: { ...labels, ...path, pod: own, namespace: refOf(pod).namespace } };
    });
    outgoing.setHeader('content-type', 'application/json').end(JSON.stringify(targets));
    return;
  }
  if (!pods.some((pod) => pod.metadata.name === name)) {
    outgoing.writeHead(404).end();
    return;
  }
  const { good, bad } = sim.served(name);
  const line = (code: string, count: number) =>
    count === 0 ? '' : `http_requests_total{method="GET",code="${code}"} ${Math.floor(count)}\n`;
  outgoing.setHeader('content-type', 'text/plain; version=0.0.4');
  outgoing.end(`# TYPE http_requests_total counter\n${line('200', good)}${line('500', bad)}`);
}
