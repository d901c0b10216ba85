// A pod for conformance cases: it remembers what it received and does what it is told.
// Never part of the product. Called by data planes.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Received } from './data-plane.ts';

/**
 * `ok`; `status=503`; `delay=300` (ms, then ok); `hang`; `reset` (closes before an answer); `cut` (closes in the middle of one);
 * `garbage` (no HTTP); `fail=2:503` (the first two requests with that path, then ok); `failreset=1`; `close` (ends the
 * connection after its answer); `big=100000` (so many bytes); `deaf` (neither reads nor answers); `late=1500` (reads
 * only after so many ms); `hints` (103 first); `early=413` (answers before it has read the body); `trickle=5` (so many chunks, one each 10 ms).
 * A request says it in the header x-act; with `version:` before it, only pods of that version heed it.
 */
export type Act = string;

export interface Backend {
  readonly port: number;
  readonly received: readonly Received[];
  /** Open connections that it has accepted so far. */
  readonly connections: number;
  close(): Promise<void>;
}

export interface BackendOptions {
  readonly pod: string;
  readonly version: string;
  readonly act: Act;
  /** Default: a free port of the loopback address. */
  readonly at?: { readonly host: string; readonly port: number };
}

export async function startBackend(options: BackendOptions): Promise<Backend> {
  const received: Received[] = [];
  const failures = new Map<string, number>();
  let connections = 0;
  const server = createServer((request, response) => void serve(request, response));
  server.keepAliveTimeout = 60_000;
  server.on('connection', () => {
    connections += 1;
  });

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const [verb = 'ok', argument = ''] = actOf(request, options).split('=');
    const entry = { ...describe(request, options), bytes: 0 };
    received.push(entry);
    // A caller that goes away in the middle is no error of the pod.
    request.on('error', () => {});
    if (verb === 'deaf') return;
    if (verb === 'early') {
      response.writeHead(Number(argument)).end('too early');
      return;
    }
    const read = (): void => {
      request.on('data', (chunk: Buffer) => {
        entry.bytes += chunk.length;
      });
      request.on('end', () => answer(verb, argument, request, response));
    };
    if (verb === 'late') setTimeout(read, Number(argument));
    else read();
  }

  function answer(verb: string, argument: string, request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    const failed = failures.get(path) ?? 0;
    const [times, status] = argument.split(':').map(Number);
    if ((verb === 'fail' || verb === 'failreset') && failed < (times ?? 0)) {
      failures.set(path, failed + 1);
      if (verb === 'failreset') request.socket.destroy();
      else response.writeHead(status ?? 503).end('failing');
      return;
    }
    const ok = (code = 200): void => {
      response.writeHead(code, {
        'content-type': 'application/json',
        'x-pod': options.pod,
        'x-version': options.version,
      });
      response.end(code === 204 || code === 304 ? undefined : JSON.stringify(describe(request, options)));
    };
    const acts: Record<string, () => void> = {
      status: () => ok(Number(argument)),
      delay: () => void setTimeout(ok, Number(argument)),
      hang: () => {},
      reset: () => request.socket.destroy(),
      cut: () => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('half', () => request.socket.destroy());
      },
      garbage: () => request.socket.end('this is no HTTP\r\n\r\n'),
      close: () => {
        response.shouldKeepAlive = false;
        ok();
      },
      big: () => response.writeHead(200, { 'x-version': options.version }).end(Buffer.alloc(Number(argument), 'x')),
      hints: () => response.writeEarlyHints({ link: '</style.css>; rel=preload' }, ok),
      trickle: () => trickle(response, Number(argument)),
    };
    (acts[verb] ?? (() => ok()))();
  }

  const { host = '127.0.0.1', port = 0 } = options.at ?? {};
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    get connections() {
      return connections;
    },
    close: () => closeServer(server),
  };
}

function trickle(response: ServerResponse, chunks: number): void {
  response.writeHead(200);
  const next = (left: number): void => {
    if (left === 0) response.end();
    else response.write('chunk', () => void setTimeout(() => next(left - 1), 10));
  };
  next(chunks);
}

function actOf(request: IncomingMessage, { act, version }: BackendOptions): Act {
  const asked = request.headers['x-act'];
  if (typeof asked !== 'string') return act;
  const [only, rest] = asked.includes(':') && !/^\w+=/.test(asked) ? splitOnce(asked) : [version, asked];
  return only === version ? rest : act;
}

function splitOnce(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}

const describe = (request: IncomingMessage, { pod, version }: BackendOptions): Omit<Received, 'bytes'> => ({
  pod,
  version,
  method: request.method ?? '',
  path: request.url ?? '',
  headers: request.headers,
});

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
