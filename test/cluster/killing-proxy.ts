// Stands between an operator and the API server, counts its writes, and kills it at a chosen one: before, with the answer lost, after.
// Leases, Events and dry runs are no writes of a release. Never part of the product. Called by kills.ts.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KillPoint } from '../../src/objects/faults.ts';

export interface KillOrder {
  /** 1-based among the writes that pass; undefined: nobody is killed. */
  readonly write: number | undefined;
  readonly point: KillPoint;
}

export interface KillingProxy extends AsyncDisposable {
  readonly url: string;
  /** Each write, as `PUT path`. */
  readonly writes: readonly string[];
  readonly killed: () => boolean;
}

const OTHERS = /\/(?:leases|events|selfsubjectreviews)(?:\/|$)/;

export async function startKillingProxy(
  upstream: { readonly url: string; readonly ca: string },
  order: KillOrder,
  kill: () => void,
): Promise<KillingProxy> {
  const writes: string[] = [];
  const agent = new Agent({ keepAlive: true, ca: upstream.ca });
  let dead = false;
  const die = (): void => {
    dead = true;
    kill();
  };
  const server = createServer((incoming, outgoing) => {
    if (dead) return void outgoing.destroy();
    const isMeant = isWrite(incoming) && writes.push(`${incoming.method} ${incoming.url}`) === order.write;
    if (isMeant && order.point === 'before') return die();
    passOn(incoming, outgoing, isMeant ? order.point : undefined);
  });

  function passOn(incoming: IncomingMessage, outgoing: ServerResponse, point: KillPoint | undefined): void {
    const headers = { ...incoming.headers, host: new URL(upstream.url).host };
    const asking = request(new URL(incoming.url ?? '', upstream.url), { method: incoming.method, headers, agent });
    asking.on('error', () => outgoing.destroy());
    outgoing.on('close', () => asking.destroy());
    asking.on('response', (answer) => {
      answer.on('error', () => outgoing.destroy());
      if (point === 'answerLost') return void answer.resume().once('end', die);
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      outgoing.flushHeaders();
      if (point === 'after') outgoing.once('finish', die);
      answer.pipe(outgoing);
    });
    incoming.pipe(asking);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes,
    killed: () => dead,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isWrite({ method = '', url = '' }: IncomingMessage): boolean {
  const { pathname, searchParams } = new URL(url, 'http://any');
  return ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) && !searchParams.has('dryRun') && !OTHERS.test(pathname);
}
