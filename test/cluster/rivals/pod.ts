// The workload of the rivals' scenarios: a version that turns bad, or ends, while it serves. Metrics and graceful end as in examples/checkout.
// Never part of the product. A container's command (stand.ts); told over POST /control at its metrics port.
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Counter, Histogram, Registry } from 'prom-client';

const HOST = process.env['HOST'];
const PORTS = { http: 8080, metrics: 9090 };
const KEEP_ALIVE_MS = 75_000;
/** Well inside a bucket of the histogram: p95 moves when requests take some 20 ms more, and not by chance. */
const LATENCY_MS = [26, 30] as const;
const GRACE_MS = 500;

const state = {
  /** Share of requests answered with 500. */
  errors: Number(process.env['ERRORS'] ?? 0),
  ready: false,
  going: false,
  /** Ms since the epoch. */
  firstAt: undefined as number | undefined,
};

const registers = [new Registry()];
const requests = new Counter({ name: 'http_requests_total', help: 'Requests.', labelNames: ['code'], registers });
const seconds = new Histogram({ name: 'http_request_duration_seconds', help: 'How long they took.', registers });

const service = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
  state.firstAt ??= Date.now();
  const stop = seconds.startTimer();
  request.resume();
  if (state.going) response.setHeader('connection', 'close');
  await delay(LATENCY_MS[0] + Math.random() * (LATENCY_MS[1] - LATENCY_MS[0]));
  const code = Math.random() < state.errors ? 500 : 200;
  stop();
  requests.inc({ code });
  response.writeHead(code, { 'content-type': 'text/plain' }).end('checkout\n');
});

const side = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://pod');
  switch (pathname) {
    case '/metrics':
      response.setHeader('content-type', registers[0]!.contentType).end(await registers[0]!.metrics());
      return;
    case '/healthz/live':
      response.end();
      return;
    case '/healthz/ready':
      response.writeHead(state.ready ? 200 : 503).end();
      return;
    case '/control':
      if (searchParams.has('exit')) process.exit(1);
      if (searchParams.has('errors')) state.errors = Number(searchParams.get('errors'));
      response.end(JSON.stringify({ firstAt: state.firstAt ?? null, now: Date.now() }));
      return;
    default:
      response.writeHead(404).end();
  }
});

const listens = (server: Server, port: number) => new Promise<void>((done) => server.listen(port, HOST, done));
await listens(side, PORTS.metrics);
await listens(service, PORTS.http);
state.ready = true;

process.on('SIGTERM', async () => {
  if (state.going) return;
  state.ready = false;
  state.going = true;
  await delay(GRACE_MS);
  service.close(() => process.exit(0));
  setInterval(() => service.closeIdleConnections(), 50);
});
