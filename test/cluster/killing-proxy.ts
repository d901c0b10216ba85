// Stands between an operator and the API server, counts its writes, and kills it at a chosen one: before, with the answer lost, after.
// Leases, Events and dry runs are no writes of a release. Never part of the product. Called by mortal-operators.ts.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KillPoint } from '../../src/objects/faults.ts';

export interface KillOrder {
  /** 1-based among the writes that are meant. */
  readonly write: number;
  readonly point: KillPoint;
  /** Writes are meant whose path fits; left out: all of them. */
  readonly only?: RegExp;
}

export interface KillingProxy extends AsyncDisposable {
  readonly url: string;
  /** Each write, as `PUT path`. */
  readonly writes: readonly string[];
  /** The write at which it was. */
  readonly killedAt: () => string | undefined;
}

const OTHERS = /\/(?:leases|events|selfsubjectreviews)(?:\/|$)/;

export async function startKillingProxy(
  upstream: { readonly url: string; readonly ca: string },
  order: KillOrder | undefined,
  kill: () => void,
): Promise<KillingProxy> {
  const writes: string[] = [];
  const agent = new Agent({ keepAlive: true, ca: upstream.ca });
  let meant = 0;
  let killedAt: string | undefined;
  let dead = false;
  const die = (): void => {
    dead = true;
    kill();
  };
  /** The point at which this write is to be the last, if it is. */
  function fatal(incoming: IncomingMessage): KillPoint | undefined {
    if (!isWrite(incoming)) return undefined;
    const { pathname } = new URL(incoming.url ?? '', 'http://any');
    const name = `${incoming.method} ${pathname}`;
    writes.push(name);
    if (order === undefined || order.only?.test(pathname) === false) return undefined;
    meant += 1;
    if (meant !== order.write) return undefined;
    killedAt = name;
    return order.point;
  }
  const server = createServer((incoming, outgoing) => {
    if (dead) return void outgoing.destroy();
    const point = fatal(incoming);
    if (point === 'before') return die();
    passOn(incoming, outgoing, point);
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
    killedAt: () => killedAt,
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
