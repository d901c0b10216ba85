import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createPageFetcher, type PageFetcher } from './page.ts';

const open: (Server | PageFetcher)[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) {
    if ('fetch' in one) await one.close();
    else {
      one.closeAllConnections();
      one.close();
      await once(one, 'close');
    }
  }
});

const serve = async (listener: RequestListener) => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  open.push(server);
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics` };
};

const fetcher = (options: Parameters<typeof createPageFetcher>[0] = {}) => {
  const made = createPageFetcher(options);
  open.push(made);
  return (url: string, { bodyLimitBytes = 1000, signal = new AbortController().signal } = {}) =>
    made.fetch({ url, headers: { accept: 'text/plain' }, signal, bodyLimitBytes });
};

describe('fetching a page', () => {
  it('gives its text and content type', async () => {
    const { url } = await serve((request, response) => {
      response.setHeader('content-type', 'text/plain');
      response.end(`accept{it="${request.headers.accept} é"} 1\n`);
    });
    expect(await fetcher()(url)).toEqual({ contentType: 'text/plain', body: 'accept{it="text/plain é"} 1\n' });
  });

  it('refuses other statuses, encoded pages, pages too large and pages that are no UTF-8, in words', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/500') response.statusCode = 500;
      if (request.url === '/gzip') response.setHeader('content-encoding', 'gzip');
      response.end(request.url === '/latin1' ? Buffer.from([97, 0xe9, 98]) : 'x'.repeat(50));
    });
    const at = (path: string) => url.replace('/metrics', path);
    const fetch = fetcher();
    await expect(fetch(at('/500'))).rejects.toThrow('the server answered with status 500');
    await expect(fetch(at('/gzip'))).rejects.toThrow('gzip-encoded');
    await expect(fetch(at('/large'), { bodyLimitBytes: 49 })).rejects.toThrow('the page is larger than 49 bytes');
    await expect(fetch(at('/latin1'))).rejects.toThrow('the page is not UTF-8');
    expect((await fetch(at('/large'), { bodyLimitBytes: 50 })).body).toHaveLength(50);
  });

  it('follows a redirect', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/metrics') response.writeHead(302, { location: '/there' }).end();
      else response.end('a 1\n');
    });
    expect((await fetcher()(url)).body).toBe('a 1\n');
  });

  it('is cut off by the signal, also in the middle of the page', async () => {
    const { server, url } = await serve((_, response) => response.write('a 1\n'));
    const cut = new AbortController();
    const failure = expect(fetcher()(url, { signal: cut.signal })).rejects.toThrow();
    await once(server, 'request');
    cut.abort();
    await failure;
  });

  it('uses a connection again within the time of reuse and closes it itself after that', async () => {
    const { server, url } = await serve((_, response) => response.end('a 1\n'));
    // And says so to the client, which must not wait that long all the same.
    server.keepAliveTimeout = 60_000;
    const sockets: Socket[] = [];
    server.on('connection', (socket: Socket) => sockets.push(socket));
    const fetch = fetcher({ reuseWithinMs: 150 });
    await fetch(url);
    await fetch(url);
    expect(sockets).toHaveLength(1);
    const [first] = sockets;
    // The client ends it: no data can be lost to a server that closes at the same moment.
    if (first?.destroyed === false) await once(first, 'close');
    await fetch(url);
    expect(sockets).toHaveLength(2);
  });
});
