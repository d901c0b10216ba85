// Stands between a client and a real API server (or Prometheus), and does harm to what passes, as the test says for each question.
// Never part of the product; what it lets through it streams, so that watches work. Called by tests in test/cluster.
import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
}

export type Harm =
  | { readonly kind: 'pass' }
  /** Never an answer; the server is not asked. */
  | { readonly kind: 'hang' }
  /** The server's own answer, and after so long the end of the connection. */
  | { readonly kind: 'cutAfter'; readonly ms: number }
  /** The server is asked, and nothing of what it says arrives but that it answers. */
  | { readonly kind: 'mute' }
  /** The server does it, and the answer is lost. */
  | { readonly kind: 'loseAnswer' }
  | { readonly kind: 'late'; readonly ms: number }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: object;
    };

export const PASS: Harm = { kind: 'pass' };

export interface ApiProxy extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Passing[];
  /** For questions from now on. */
  harm(plan: (passing: Passing) => Harm): void;
  /** Ends every connection that is open. */
  cutAll(): void;
}

export async function startApiProxy(upstream: { readonly url: string; readonly ca?: string }): Promise<ApiProxy> {
  let plan: (passing: Passing) => Harm = () => PASS;
  const asked: Passing[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '', 'http://any');
    const passing = {
      method: incoming.method ?? '',
      path: url.pathname,
      isWatch: url.searchParams.get('watch') === '1',
    };
    asked.push(passing);
    serve(plan(passing), incoming, outgoing);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });

  function serve(harm: Harm, incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (harm.kind === 'hang') return;
    if (harm.kind === 'answer') {
      const body = JSON.stringify(harm.body ?? { kind: 'Status', message: 'harm', code: harm.status });
      incoming.resume();
      outgoing.writeHead(harm.status, { 'content-type': 'application/json', ...harm.headers }).end(body);
      return;
    }
    const delay = harm.kind === 'late' ? harm.ms : 0;
    setTimeout(() => passOn(harm, incoming, outgoing), delay);
  }

  function passOn(harm: Harm, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const headers = { ...incoming.headers, host: new URL(upstream.url).host };
    const request = upstream.url.startsWith('https:') ? tlsRequest : plainRequest;
    const asking = request(new URL(incoming.url ?? '', upstream.url), {
      method: incoming.method,
      headers,
      ...(upstream.ca === undefined ? {} : { ca: upstream.ca }),
      agent: false,
    });
    asking.on('error', () => outgoing.destroy());
    outgoing.on('close', () => asking.destroy());
    asking.on('response', (answer) => {
      answer.on('error', () => outgoing.destroy());
      if (harm.kind === 'loseAnswer') return void answer.resume().once('end', () => outgoing.destroy());
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      outgoing.flushHeaders();
      if (harm.kind === 'mute') return void answer.resume();
      if (harm.kind === 'cutAfter') setTimeout(() => outgoing.destroy(), harm.ms);
      answer.pipe(outgoing);
    });
    incoming.pipe(asking);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    harm: (next) => {
      plan = next;
    },
    cutAll,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutAll();
      }),
  };
}
