// The measured process: the operator, composed as by `serin operator`, on objects that come over HTTP.
// Started by bench.ts with where to find them.
import { Agent } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../../src/lib/clock.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { prometheusSource } from '../../src/metrics/prometheus/source.ts';
import { startOperator } from '../../src/operator/operator.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { remoteObjects } from '../../test/support/objects-server.ts';

const [objects = '', prometheus = '', tickMs = '60000'] = process.argv.slice(2);
const scrapeInterval = '1m';
const metrics = prometheusSource({
  settings: { addresses: [prometheus], scrapeInterval, timeout: '30s' },
  clock: systemClock,
});
const operator = await startOperator({
  objects: remoteObjects({ url: objects, who: 'operator', agent: new Agent({ keepAlive: true, maxSockets: 16 }) }),
  metrics,
  clock: systemClock,
  elapsed: () => performance.now(),
  random: seededRandom(1),
  version: 'bench',
  identity: 'bench',
  settings: {
    scrapeIntervalMs: metrics.scrapeIntervalMs,
    tickMs: Number(tickMs),
    propagationMs: 120_000,
    graceMs: 300_000,
    drainLimitMs: 300_000,
    atOnce: 512,
  },
  election: { namespace: 'serin-system', name: 'serin-operator' },
  listen: { host: '127.0.0.1', port: 0 },
  log: createLog({ level: 'warn', clock: systemClock, write: (line) => void process.stderr.write(line) }),
});
process.send?.({ url: operator.url });
process.on('disconnect', () => process.exit(0));
const lag = monitorEventLoopDelay();
lag.enable();
process.on('message', (question: { readonly kind: 'memory' | 'lag' }) => {
  if (question.kind === 'lag') {
    process.send?.({ maxMs: lag.max / 1e6, p99Ms: lag.percentile(99) / 1e6 });
    lag.reset();
    return;
  }
  globalThis.gc?.();
  process.send?.(process.memoryUsage());
});
