// The operator's own address: /metrics for Prometheus, /healthz and /readyz for the kubelet.
// Never tells anything of a release but its metrics, and takes no order. Started by operator.ts.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Problem, SerinError } from '../lib/problem.ts';

export interface Health {
  /** What is wrong, or nothing. */
  live(): string | undefined;
  ready(): string | undefined;
}

export interface EndpointOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly health: Health;
  readonly metrics: () => { readonly contentType: string; readonly pieces: AsyncIterable<string> };
}

export interface Endpoint {
  readonly url: string;
  close(): Promise<void>;
}

export async function startEndpoint({ host, port, health, metrics }: EndpointOptions): Promise<Endpoint> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://operator');
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, 'only GET\n');
    switch (pathname) {
      case '/healthz':
        return sayHealth(response, health.live());
      case '/readyz':
        return sayHealth(response, health.ready());
      case '/metrics': {
        const { contentType, pieces } = metrics();
        response.writeHead(200, { 'content-type': contentType });
        return pipeline(Readable.from(pieces), response);
      }
      default:
        return say(response, 404, 'here are /metrics, /healthz and /readyz\n');
    }
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new SerinError([notListening(host, port, error)])));
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const notListening = (host: string, port: number, error: Error): Problem => ({
  code: 'SRN2001',
  place: { object: '--metrics-address, --metrics-port' },
  message: 'the address for /metrics, /healthz and /readyz cannot be had',
  found: `${host}:${port}: ${error.message}`,
  accepted: 'an address of this machine and a port that is free; port 0 for any',
});

const sayHealth = (response: ServerResponse, trouble: string | undefined): void =>
  trouble === undefined ? say(response, 200, 'ok\n') : say(response, 503, `${trouble}\n`);

function say(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
