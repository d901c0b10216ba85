// A checkout service with the metrics of most services: requests by method and code, and how long they took.
// Requests come in on one port; metrics and probes have another, so that neither is counted as traffic.
// Run it alone: `LATENCY=50ms-70ms node app/server.ts`, then open http://localhost:8080 and http://localhost:9090/metrics.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Counter, Histogram, Registry } from 'prom-client';
import { type Knobs, readKnobs } from './knobs.ts';

/** Callers keep idle connections for a while. Ours must live longer, or we close one just as a request comes in on it. */
const KEEP_ALIVE_MS = 75_000;
/** After SIGTERM: time for callers to learn that this pod is going, before its port closes. */
const GOING_MS = 500;

function main(): void {
  const version = process.env['SERVICE_VERSION'] ?? 'unknown';
  const ports = { http: port('PORT_HTTP', 8080), metrics: port('PORT_METRICS', 9090) };
  // All addresses, unless it is told one: where several pods share a machine, each has an address of its own.
  const host = process.env['HOST'];
  const knobs = knobsOrExit();
  const registry = new Registry();
  const state = { ready: false, going: false };

  const app = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS },
    instrumented(registry, checkout(version, knobs), state),
  );
  const side = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, metricsAndProbes(registry, knobs, state));

  side.listen(ports.metrics, host, () => {
    const open = () => {
      state.ready = true;
      console.log(`checkout-service ${version}: requests on ${portOf(app)}, metrics on ${portOf(side)}`);
    };
    if (knobs.refuse) open();
    else app.listen(ports.http, host, open);
  });

  misbehave(knobs);
  process.on('SIGTERM', () => {
    if (state.going) return;
    state.ready = false;
    state.going = true;
    void leave(app, side);
  });
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The service itself: takes its time, and sometimes fails. */
function checkout(version: string, knobs: Knobs): Handler {
  const [fastest, slowest] = knobs.latency;
  let requests = 0;
  return async (request, response) => {
    requests += 1;
    if (requests >= knobs.crashAfter.requests) crash(`request ${requests}`);
    request.resume();
    if (Math.random() < knobs.hang) await new Promise(() => {});
    burn(knobs.cpu.perRequestMs);
    await delay(fastest + Math.random() * (slowest - fastest));
    response.setHeader('content-type', 'text/plain');
    if (Math.random() < knobs.errorRate) response.writeHead(500).end(`${version} internal error\n`);
    else response.end(`Hello from ${version}\n`);
  };
}

/** Counts and times every request, once it has been dealt with. */
function instrumented(registry: Registry, handler: Handler, state: { readonly going: boolean }): RequestListener {
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Total number of HTTP requests.',
    labelNames: ['method', 'code'],
    registers: [registry],
  });
  // The default buckets of Prometheus' clients, and three more where this service's latencies lie: from 50 to 100 ms in one
  // step nobody could tell a version that takes 1.2 times as long from one that takes 1.9 times as long.
  const seconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Histogram of request duration.',
    labelNames: ['method'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.06, 0.09, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return async (request, response) => {
    const method = request.method ?? 'GET';
    const stop = seconds.startTimer({ method });
    if (state.going) response.setHeader('connection', 'close');
    await handler(request, response);
    stop();
    requests.inc({ method, code: response.statusCode });
  };
}

function metricsAndProbes(registry: Registry, knobs: Knobs, state: { readonly ready: boolean }): RequestListener {
  return async (request, response) => {
    if (request.url === '/healthz/live') response.end('alive\n');
    else if (request.url === '/healthz/ready')
      response.writeHead(state.ready ? 200 : 503).end(state.ready ? 'ready\n' : 'not ready\n');
    else if (request.url === '/metrics' && !knobs.noMetrics)
      response.setHeader('content-type', registry.contentType).end(await registry.metrics());
    else response.writeHead(404).end();
  };
}

/** What goes wrong without a request. */
function misbehave(knobs: Knobs): void {
  if (Number.isFinite(knobs.crashAfter.ms)) setTimeout(() => crash(`${knobs.crashAfter.ms} ms`), knobs.crashAfter.ms);
  const SLICE_MS = 100;
  if (knobs.cpu.share > 0) setInterval(() => burn(knobs.cpu.share * SLICE_MS), SLICE_MS);
}

/** Uses the CPU for that long; CPU time, so that a busy machine does not make it less. */
function burn(ms: number): void {
  if (ms === 0) return;
  const start = process.cpuUsage();
  let used = 0;
  while (used < ms * 1000) {
    const { user, system } = process.cpuUsage(start);
    used = user + system;
  }
}

function crash(when: string): never {
  console.error(`crashing on purpose after ${when}`);
  process.exit(1);
}

/** Answers what is open, takes no more, and goes. Metrics stay readable until the end. */
async function leave(app: Server, side: Server): Promise<void> {
  await delay(GOING_MS);
  if (app.listening) {
    const closed = new Promise((resolve) => app.close(resolve));
    // A connection whose last answer came only now would otherwise be kept for as long as any idle one.
    setInterval(() => app.closeIdleConnections(), 50);
    await closed;
  }
  side.close();
  process.exit(0);
}

const portOf = (server: Server): string => {
  const address = server.address();
  return address === null || typeof address === 'string' ? 'no port' : `:${address.port}`;
};

function port(name: string, otherwise: number): number {
  const value = Number(process.env[name] ?? otherwise);
  if (Number.isInteger(value) && value >= 0 && value < 65_536) return value;
  console.error(`${name}=${process.env[name]}: expected a port number`);
  return process.exit(2);
}

function knobsOrExit(): Knobs {
  try {
    return readKnobs(process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return process.exit(2);
  }
}

main();
