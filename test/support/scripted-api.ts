// A loopback HTTP server that answers as a test says, in an API server's place: for answers that a real one gives on bad days only.
// Never knows Kubernetes. Called by tests of objects/kubernetes.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface ApiQuestion {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: unknown;
}

/** An answer, or what to do with the response oneself; nothing: no answer ever. */
export type Script = (question: ApiQuestion, response: ServerResponse) => ScriptedAnswer | undefined;

export interface ScriptedApi extends AsyncDisposable {
  readonly url: string;
  /** Everything asked so far, oldest first. */
  readonly asked: readonly ApiQuestion[];
  script(script: Script): void;
}

export async function startScriptedApi(first: Script): Promise<ScriptedApi> {
  let script = first;
  const asked: ApiQuestion[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    textOf(incoming)
      .then((text) => {
        const url = new URL(incoming.url ?? '', 'http://any');
        const question: ApiQuestion = {
          method: incoming.method ?? '',
          path: url.pathname,
          query: Object.fromEntries(url.searchParams),
          headers: incoming.headers,
          body: text === '' ? undefined : JSON.parse(text),
        };
        asked.push(question);
        const answer = script(question, outgoing);
        if (answer === undefined) return;
        const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
        outgoing.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers }).end(body);
      })
      .catch(() => outgoing.destroy());
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    script: (next) => {
      script = next;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** metav1.Status, as an API server refuses. */
export const refusedWith = (code: number, reason: string, message: string, details: object = {}): ScriptedAnswer => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code, details },
});
