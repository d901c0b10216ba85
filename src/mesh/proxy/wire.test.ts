import { once } from 'node:events';
import { get, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient, exchangeBytes } from '../../../test/conformance/client.ts';
import {
  cluster,
  type LocalProxy,
  type Pod,
  routeTo,
  startLocalProxy,
  startPod,
  startTcpPod,
} from '../../../test/support/local-proxy.ts';
import { waitFor } from '../../../test/support/wait.ts';

const opened: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});
const keep = <T extends { close(): Promise<void> | void }>(it: T): T => {
  opened.push(it);
  return it;
};

async function proxyBefore(pod: Pod): Promise<LocalProxy> {
  keep(pod);
  return keep(await startLocalProxy([cluster('v1', [pod.port])], [routeTo('v1')]));
}

const here = (proxy: LocalProxy) => ({ host: '127.0.0.1', port: proxy.port });
const GET = 'GET / HTTP/1.1\r\nhost: app\r\n\r\n';

describe('the answer on the wire', () => {
  it('keeps the length of a body that had one, and chunks one that had none', async () => {
    const proxy = await proxyBefore(
      await startPod((request, response) => {
        if (request.url === '/length') response.end('four');
        else response.write('part', () => response.end('ial'));
      }),
    );
    const sized = await exchangeBytes(here(proxy), GET.replace('/', '/length'), (text) => text.endsWith('four'));
    expect(sized).toContain('content-length: 4\r\n');
    const chunked = await exchangeBytes(here(proxy), GET, (text) => text.endsWith('0\r\n\r\n'));
    expect(chunked).toMatch(/transfer-encoding: chunked/i);
    expect(chunked).not.toContain('content-length');
  });

  it('has no body for HEAD, 204 and 304, and the connection goes on', async () => {
    const proxy = await proxyBefore(
      await startPod((request, response) => {
        if (request.url === '/204') response.writeHead(204).end();
        else if (request.url === '/304') response.writeHead(304, { etag: 'x' }).end();
        else response.writeHead(200, { 'content-length': '5' }).end('hello');
      }),
    );
    const requests = ['HEAD /', 'GET /204', 'GET /304', 'GET /last'].map(
      (line) => `${line} HTTP/1.1\r\nhost: app\r\n\r\n`,
    );
    const text = await exchangeBytes(here(proxy), requests.join(''), (received) => received.endsWith('hello'));
    expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 204', 'HTTP/1.1 304', 'HTTP/1.1 200']);
    expect(text.match(/hello/g)).toHaveLength(1);
  });

  it.each([
    ['an early answer of the pod', true],
    ['no pod', false],
  ])('that comes before a large body does not hold up the next request on the connection: %s', async (_, hasPod) => {
    const pod = keep(
      await startPod((request, response) => {
        if (request.url === '/first') response.writeHead(413).end('too large');
        else response.end('next');
      }),
    );
    const clusters = [cluster('v1', hasPod ? [pod.port] : [])];
    const proxy = keep(await startLocalProxy(clusters, [routeTo('v1')]));
    const socket = connect(here(proxy));
    keep({ close: () => void socket.destroy() });
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part;
    });
    const body = 'x'.repeat(2_000_000);
    socket.write(`POST /first HTTP/1.1\r\nhost: app\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 10)}`);
    await waitFor('the early answer', () => text.includes(hasPod ? 'too large' : 'no healthy upstream'));
    text = '';
    socket.write(body.slice(10) + GET);
    await waitFor('the next answer', () => text.includes(hasPod ? 'next' : 'no healthy upstream'));
  });

  it('comes although a hint before it cannot be passed on', async () => {
    const proxy = await proxyBefore(
      await startTcpPod((socket) => {
        const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel="preload stylesheet"\r\n\r\n';
        socket.once('data', () => socket.write(`${hints}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`));
      }),
    );
    const text = await exchangeBytes(here(proxy), GET, (received) => /HTTP\/1.1 [25].*\r\n\r\n/s.test(received));
    expect(text).toContain('HTTP/1.1 200 OK');
  });

  it('keeps repeated headers apart and drops those of the hop', async () => {
    const proxy = await proxyBefore(
      await startTcpPod((socket) => {
        socket.once('data', () =>
          socket.write(
            'HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nconnection: x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=9\r\nX-Kept: yes\r\ncontent-length: 0\r\n\r\n',
          ),
        );
      }),
    );
    const text = await exchangeBytes(here(proxy), GET, (received) => received.endsWith('\r\n\r\n'));
    expect(text).toContain('set-cookie: a=1\r\nset-cookie: b=2\r\n');
    expect(text).toContain('x-kept: yes\r\n');
    expect(text).not.toContain('x-hop');
    expect(text).not.toContain('timeout=9');
  });

  it('passes early hints on before the answer', async () => {
    const proxy = await proxyBefore(
      await startPod((_request, response) => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => response.end('done'));
      }),
    );
    const text = await exchangeBytes(here(proxy), GET, (received) => received.endsWith('done'));
    expect(text).toMatch(/^HTTP\/1\.1 103 .*\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200/i);
  });
});

describe('the request on the wire', () => {
  it('drops headers of the hop, those that Connection names, and keeps the rest with their bytes', async () => {
    let seen: IncomingMessage | undefined;
    const proxy = await proxyBefore(
      await startPod((request, response) => {
        seen = request;
        response.end();
      }),
    );
    await exchangeBytes(
      here(proxy),
      'GET /a%20b?c=%ff HTTP/1.1\r\nHost: app\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nX-Bytes: caf\xe9\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n',
    );
    expect(seen?.url).toBe('/a%20b?c=%ff');
    expect(seen?.headers).toMatchObject({ host: 'app', 'x-bytes': 'caf\xe9', 'x-two': '1, 2' });
    expect(Object.keys(seen?.headers ?? {})).not.toEqual(expect.arrayContaining(['x-hop']));
    expect(seen?.headers['te']).toBeUndefined();
  });

  it('takes an absolute request target as host and path', async () => {
    let seen: IncomingMessage | undefined;
    const proxy = await proxyBefore(
      await startPod((request, response) => {
        seen = request;
        response.end();
      }),
    );
    await exchangeBytes(here(proxy), 'GET http://shop.example/x?y HTTP/1.1\r\nhost: app\r\nconnection: close\r\n\r\n');
    expect([seen?.url, seen?.headers.host]).toEqual(['/x?y', 'shop.example']);
  });

  it('says 100 before it asks for a body that waits for it', async () => {
    let body = '';
    const proxy = await proxyBefore(
      await startPod((request, response) => {
        request.on('data', (chunk: Buffer) => {
          body += String(chunk);
        });
        request.on('end', () => response.end('thanks'));
      }),
    );
    const socket = connect(here(proxy));
    let text = '';
    socket.setEncoding('latin1').on('data', (more: string) => {
      text += more;
      if (text === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('12345');
    });
    socket.write('POST / HTTP/1.1\r\nhost: app\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n');
    await waitFor('the answer', () => text.endsWith('thanks'));
    socket.destroy();
    expect(body).toBe('12345');
  });

  it.each([
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two hosts', 'GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n', 400],
    ['no HTTP', 'hello there\r\n\r\n', 400],
    [
      'a length beside chunks',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a head of 100 KiB', `GET / HTTP/1.1\r\nhost: a\r\nx-long: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    [
      'more than a hundred headers',
      `GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${Array.from({ length: 101 }, (_, i) => `x-${i}: 1\r\n`).join('')}\r\n`,
      431,
    ],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\nhost: a\r\n\r\n', 426],
    ['an upgrade', 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close, upgrade\r\nupgrade: websocket\r\n\r\n', 403],
    ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n', 403],
    ['a target that is no path', 'OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 404],
  ])('is refused without asking a pod: %s', async (_what, bytes, code) => {
    let asked = 0;
    const pod = keep(
      await startPod((_request, response) => {
        asked += 1;
        response.end();
      }),
    );
    const prefix = { ...routeTo('v1'), match: { uri: { prefix: '/' } } };
    const proxy = keep(await startLocalProxy([cluster('v1', [pod.port])], [prefix]));
    const text = await exchangeBytes(here(proxy), bytes);
    expect(text.slice(0, 12)).toBe(`HTTP/1.1 ${code}`);
    expect(asked).toBe(0);
  });
});

describe('connections', () => {
  it('are kept on both sides', async () => {
    const pod = await startPod((_request, response) => response.end('x'));
    const proxy = await proxyBefore(pod);
    const client = createClient(1);
    keep(client);
    for (let i = 0; i < 20; i++) expect((await client.send(here(proxy), {})).code).toBe(200);
    expect(pod.accepted()).toBe(1);
  });

  it('are not used again after a server’s Connection: close, without losing a request', async () => {
    const pod = await startPod((_request, response) => {
      response.shouldKeepAlive = false;
      response.end('x');
    });
    const proxy = await proxyBefore(pod);
    const client = keep(createClient(4));
    for (let i = 0; i < 20; i++) expect((await client.send(here(proxy), {})).code).toBe(200);
    expect(pod.accepted()).toBe(20);
  });

  it("are given up before the server's own Keep-Alive timeout", async () => {
    const pod = await startPod(
      (_request, response) => response.end('x'),
      (server) => {
        server.keepAliveTimeout = 3000;
      },
    );
    const proxy = await proxyBefore(pod);
    const client = keep(createClient(1));
    await client.send(here(proxy), {});
    const [socket] = pod.sockets;
    const begun = performance.now();
    // The proxy's end comes first: the server still listens to its side.
    await once(socket!, 'end');
    expect(performance.now() - begun).toBeLessThan(2500);
  });

  it('that a server closes while they are idle lose no request', async () => {
    const pod = await startPod((_request, response) => response.end('x'));
    const proxy = await proxyBefore(pod);
    const client = keep(createClient(1));
    for (let i = 0; i < 30; i++) {
      expect((await client.send(here(proxy), { method: 'POST', body: 'x' })).code).toBe(200);
      const [socket] = pod.sockets;
      socket!.end();
      if (i % 2 === 0) await once(socket!, 'close');
    }
  });

  it('of a pod that has gone from the configuration end with what runs on them', async () => {
    let finish = () => {};
    const slow = keep(
      await startPod((_request, response) => {
        finish = () => response.end('slow');
      }),
    );
    const next = keep(await startPod((_request, response) => response.end('next')));
    const proxy = keep(await startLocalProxy([cluster('v1', [slow.port])], [routeTo('v1')]));
    const client = keep(createClient());
    const running = client.send(here(proxy), {});
    await waitFor('the request at the pod', () => slow.sockets.size === 1);
    proxy.configure([cluster('v1', [next.port])], [routeTo('v1')]);
    expect((await client.send(here(proxy), {})).body).toBe('next');
    finish();
    expect((await running).body).toBe('slow');
    await waitFor('the end of the connection', () => slow.sockets.size === 0);
  });
});

describe('bodies', () => {
  it('stream both ways at the pace of the slower side', async () => {
    const size = 64 * 1024 * 1024;
    const pod = await startPod((request, response) => {
      if (request.method === 'PUT') {
        // Never read.
        return;
      }
      const chunk = Buffer.alloc(65_536, 'x');
      let left = size / chunk.length;
      const more = (): void => {
        while (left > 0) {
          left -= 1;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    const proxy = await proxyBefore(pod);
    const download = await new Promise<IncomingMessage>((resolve) => get(proxy.url, resolve));
    download.pause();
    const upload = httpRequest(`${proxy.url}/`, { method: 'PUT' });
    upload.on('error', () => {});
    let sent = 0;
    const push = (): void => {
      while (sent < size) {
        sent += 65_536;
        if (!upload.write(Buffer.alloc(65_536))) {
          upload.once('drain', push);
          return;
        }
      }
    };
    push();
    // What the kernel and the proxy hold is bounded: both directions stand still long before their end.
    let before = -1;
    await waitFor('both directions to stand still', async () => {
      const now = sent + bytesFrom(pod);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const still = now === before && proxy.proxy.stats(0).open === 2;
      before = now;
      return still;
    });
    expect(bytesFrom(pod)).toBeLessThan(size / 2);
    expect(sent).toBeLessThan(size / 2);
    upload.destroy();
    let got = 0;
    for await (const chunk of download) got += (chunk as Buffer).length;
    expect(got).toBe(size);
  });

  it('are whole when the pod answers before it has read them', async () => {
    const pod = await startPod((_request, response) => response.writeHead(413).end('too large'));
    const proxy = await proxyBefore(pod);
    const client = keep(createClient());
    const reply = await client.send(here(proxy), { method: 'POST', body: 'x'.repeat(100_000) });
    expect([reply.code, reply.body]).toEqual([413, 'too large']);
    expect((await client.send(here(proxy), {})).code).toBe(413);
  });

  it('of a caller that goes away end the request at the pod: DC', async () => {
    let closed = false;
    const pod = await startPod((request) => {
      request.socket.once('close', () => {
        closed = true;
      });
    });
    const proxy = await proxyBefore(pod);
    const request = get(proxy.url);
    request.on('error', () => {});
    await waitFor('the request at the pod', () => pod.sockets.size === 1);
    request.destroy();
    await waitFor('the end at the pod', () => closed);
    const [entry] = await waitFor('the log', () => proxy.entries.length > 0 && proxy.entries);
    expect(entry).toMatchObject({ code: 0, flags: 'DC' });
    expect(proxy.page()).toMatch(/istio_requests_total\{reporter="destination".*response_code="0",response_flags="DC"/);
  });
});

/** What the pod has handed to the kernel. */
const bytesFrom = (pod: Pod): number => [...pod.sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0);
