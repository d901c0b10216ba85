// The proxy's own process: takes its configuration over IPC, serves, reports. An entry file, started by child.ts.
// Never outlives its parent. It ignores Ctrl-C, which reaches the whole process group: traffic is put back first.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seededRandom } from '../../lib/random.ts';
import { CONTENT_TYPE } from '../../series/exposition.ts';
import type { FromProxy, ToProxy } from '../messages.ts';
import { createAccessLog } from './access-log.ts';
import { createIstioMetrics } from './istio-metrics.ts';
import { metricsPage } from './metrics-page.ts';
import { createProxy } from './proxy.ts';
import { createTelemetry } from './telemetry.ts';

const FLUSH_MS = 50;

async function main(seed: number): Promise<void> {
  const say = (message: FromProxy): Promise<void> =>
    new Promise((resolve) => {
      // An error here means that the parent has gone; `disconnect` follows.
      if (process.send === undefined) resolve();
      else process.send(message, undefined, undefined, () => resolve());
    });
  const metrics = createIstioMetrics();
  const access = createAccessLog((entries) => say({ type: 'access', entries }));
  const now = () => performance.timeOrigin + performance.now();
  const telemetry = createTelemetry(metrics, access, now);
  // Three courses of one seed, so that balancing and back-off cannot shift the choice of versions.
  const [streams, balancing, random] = [seededRandom(seed), seededRandom(seed + 1), seededRandom(seed + 2)];
  const proxy = createProxy({ streams, random, requestId: randomUUID, telemetry }, balancing);

  const page = createServer((_request, response) => {
    response.setHeader('content-type', CONTENT_TYPE.text);
    response.end(metricsPage(metrics, proxy.clusters()));
  });
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  setInterval(() => {
    if (access.wanted) void access.flush();
  }, FLUSH_MS);

  async function obey(message: ToProxy): Promise<void> {
    if (message.type === 'config') {
      proxy.configure(message.config);
      await say({ type: 'applied', version: message.config.version });
    } else if (message.type === 'listen') {
      const { id, service, caller } = message;
      const port = await proxy.listen(service, caller);
      if (port === undefined) await say({ type: 'refused', id, why: `the proxy serves no ${service}` });
      else await say({ type: 'listening', id, port });
    } else if (message.type === 'access') access.wanted = message.on;
    else if (message.type === 'flush') {
      await access.flush();
      await say({ type: 'flushed', id: message.id });
    } else await say({ type: 'stats', id: message.id, stats: proxy.stats(access.dropped) });
  }
  process.on('message', (message: ToProxy) => void obey(message));
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C and `timeout` reach the whole process group; the supervisor decides when this process ends (it disconnects).
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
  await say({ type: 'ready', metricsPort: (page.address() as AddressInfo).port });
}

await main(Number(process.argv[2] ?? 1));
