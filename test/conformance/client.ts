// Callers for conformance cases: one request, many requests, raw bytes; nothing added to what the case says.
// Never judges answers. Called by run.ts and by tests that need the wire itself.
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Address, Reply, RequestPlan } from './data-plane.ts';

export interface Client {
  send(address: Address, plan: RequestPlan): Promise<Reply>;
  close(): void;
}

export function createClient(maxSockets = 64): Client {
  const agent = new Agent({ keepAlive: true, maxSockets });
  return { send: (address, plan) => send(agent, address, plan), close: () => agent.destroy() };
}

function send(agent: Agent, { host, port }: Address, plan: RequestPlan): Promise<Reply> {
  const { method = 'GET', path = '/', headers = {}, body } = plan;
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      agent,
      host,
      port,
      method,
      path,
      headers: {
        ...(headers as Record<string, string | string[]>),
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      const done = (broken: boolean): void =>
        resolve({
          code: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
          broken,
          ms: performance.now() - begun,
        });
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => done(false));
      response.on('error', () => done(true));
    });
    request.end(body);
  });
}

/** Sends `plan` `times` times, at most `width` at once. */
export async function sendMany(
  client: Client,
  address: Address,
  plan: RequestPlan,
  times: number,
  width: number,
): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  let left = times;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      replies.push(await client.send(address, plan));
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, times) }, worker));
  return replies;
}

/** Writes the bytes and answers everything that came back until the other side closed or `until` was satisfied. */
export function exchangeBytes(
  { host, port }: Address,
  bytes: string,
  until: (received: string) => boolean = () => false,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let received = '';
    const done = (): void => {
      socket.destroy();
      resolve(received);
    };
    socket.on('error', reject);
    socket.on('close', done);
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
      if (until(received)) done();
    });
    socket.write(bytes, 'latin1');
  });
}
