// Stands before a Prometheus and passes on what it is asked, or does harm to it: one mode at a time, changed while it runs.
// Never part of the product; the port stays the same through every mode. Called by tests of metrics/prometheus.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export type Mode =
  | { readonly kind: 'pass' }
  /** Nobody listens. */
  | { readonly kind: 'refuse' }
  /** Takes the question and says nothing. */
  | { readonly kind: 'hang' }
  /** Half of the answer, then a byte now and then, without end. */
  | { readonly kind: 'drip' }
  | { readonly kind: 'slow'; readonly ms: number }
  /** Half of the answer, then the connection is gone. */
  | { readonly kind: 'cut' }
  /** This instead of what Prometheus says. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body: string;
    }
  | { readonly kind: 'empty' }
  /** Every time that is asked for lies `ms` further back than it should; `hidden`: an instant's value says that it is of now. */
  | { readonly kind: 'stale'; readonly ms: number; readonly hidden?: boolean }
  | { readonly kind: 'warnings'; readonly warnings: readonly string[] }
  | { readonly kind: 'infos'; readonly infos: readonly string[] }
  /** More than anybody wants to read. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** POST is not allowed. */
  | { readonly kind: 'onlyGet' };

export const PASS: Mode = { kind: 'pass' };

export const HTML: Mode = {
  kind: 'answer',
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!doctype html><html><head><title>Sign in</title></head><body>Please sign in</body></html>',
};

export const status = (code: number, body = ''): Mode => ({ kind: 'answer', status: code, body });
export const json = (value: unknown, code = 200): Mode => ({
  kind: 'answer',
  status: code,
  headers: { 'content-type': 'application/json' },
  body: typeof value === 'string' ? value : JSON.stringify(value),
});

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Everything asked so far, oldest first. */
  readonly asked: readonly Asked[];
  /** Connections that are open. */
  connections(): number;
  /** Takes effect for questions that come after. */
  set(mode: Mode): Promise<void>;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  /** Where what passes is asked; without it, only modes that need nobody behind them. */
  readonly upstream?: string;
  readonly mode?: Mode;
  /** Certificates; then the proxy speaks TLS. */
  readonly tls?: ServerOptions;
}

export async function startFaultProxy({ upstream, mode: first = PASS, tls }: FaultProxyOptions): Promise<FaultProxy> {
  let mode = first;
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    outgoing.on('error', () => {});
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const now = mode;
    const body = await textOf(incoming);
    const one = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body };
    asked.push(one);
    const end = (code: number, headers: Record<string, string>, text: string): void => {
      outgoing.writeHead(code, { 'content-length': String(Buffer.byteLength(text)), ...headers }).end(text);
    };
    if (now.kind === 'hang') return;
    if (now.kind === 'answer') return end(now.status, now.headers ?? {}, now.body);
    if (now.kind === 'huge') {
      outgoing.writeHead(200, { 'content-type': 'application/json' }).write('{"status":"success",');
      for (let sent = 0; sent < now.bytes && !outgoing.destroyed; sent += 65_536) outgoing.write(' '.repeat(65_536));
      outgoing.end('}');
      return;
    }
    if (now.kind === 'onlyGet' && one.method === 'POST') return end(405, { allow: 'GET' }, 'method not allowed');
    if (now.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, now.ms));
    const answer = await passOn(upstream ?? '', now.kind === 'stale' ? shifted(one, now.ms) : one);
    const text = now.kind === 'pass' ? answer.body : changed(answer.body, now);
    if (now.kind !== 'cut' && now.kind !== 'drip') return end(answer.status, answer.headers, text);
    outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': String(Buffer.byteLength(text)) });
    outgoing.write(text.slice(0, text.length / 2), () => {
      if (now.kind === 'cut') outgoing.destroy();
    });
    if (now.kind === 'drip') drip(outgoing);
  };

  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  if (mode.kind === 'refuse') await close();
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    asked,
    connections: () => sockets.size,
    set: async (next) => {
      if (next.kind === 'refuse') await close();
      else if (mode.kind === 'refuse') await listen(port);
      // Whoever still waits for a mode that never answers is cut off.
      else if (mode.kind === 'hang' || mode.kind === 'drip') for (const socket of sockets) socket.destroy();
      mode = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function drip(outgoing: ServerResponse): void {
  const timer = setInterval(() => outgoing.write(' '), 20);
  outgoing.once('close', () => clearInterval(timer));
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

interface Passed {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const passOn = (upstream: string, { method, url, headers, body }: Asked): Promise<Passed> =>
  new Promise((resolve, reject) => {
    const type = headers['content-type'];
    const own = { ...(type === undefined ? {} : { 'content-type': type }), 'content-length': Buffer.byteLength(body) };
    const outgoing = request(new URL(url, upstream), { method, headers: own }, (incoming) => {
      const contentType = incoming.headers['content-type'];
      textOf(incoming).then(
        (text) =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: contentType === undefined ? {} : { 'content-type': contentType },
            body: text,
          }),
        reject,
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });

const TIMES = ['time', 'start', 'end'];

function shifted(one: Asked, ms: number): Asked {
  const shift = (form: URLSearchParams): string => {
    for (const name of TIMES) {
      const value = form.get(name);
      if (value !== null) form.set(name, ((Math.round(Number(value) * 1000) - ms) / 1000).toFixed(3));
    }
    return form.toString();
  };
  const url = new URL(one.url, 'http://any');
  const query = shift(url.searchParams);
  const path = `${url.pathname}${query === '' ? '' : `?${query}`}`;
  return { ...one, url: path, body: one.body === '' ? '' : shift(new URLSearchParams(one.body)) };
}

interface Answer {
  readonly data?: { readonly resultType?: string; readonly result?: unknown };
}

function restamped(answer: Answer, seconds: number): Answer {
  if (answer.data?.resultType !== 'vector') return answer;
  const samples = answer.data.result as readonly { value: [number, string] }[];
  const result = samples.map((sample) => ({ ...sample, value: [sample.value[0] + seconds, sample.value[1]] }));
  return { ...answer, data: { ...answer.data, result } };
}

function changed(text: string, mode: Mode): string {
  const answer = JSON.parse(text) as Answer;
  if (mode.kind === 'warnings') return JSON.stringify({ ...answer, warnings: mode.warnings });
  if (mode.kind === 'infos') return JSON.stringify({ ...answer, infos: mode.infos });
  if (mode.kind === 'stale' && mode.hidden === true) return JSON.stringify(restamped(answer, mode.ms / 1000));
  if (mode.kind !== 'empty') return text;
  const data = Array.isArray(answer.data) ? [] : { ...answer.data, result: [] };
  return JSON.stringify({ ...answer, data });
}
