// Serves one metrics page over HTTP on the loopback address.
// Never computes it. Called by kubelet.ts.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONTENT_TYPE } from '../series/exposition.ts';

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function servePage(page: () => Promise<string>, port = 0): Promise<PageServer> {
  // Idle connections are kept longer than any scraper's client keeps them, so that none is closed under a request.
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, answer) => {
    if (request.url?.split('?')[0] !== '/metrics') return void answer.writeHead(404).end();
    page().then(
      (text) => answer.writeHead(200, { 'content-type': CONTENT_TYPE.text }).end(text),
      (error: Error) => answer.writeHead(500, { 'content-type': 'text/plain' }).end(error.message),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
