import { createServer, Server as HttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import type { Answer } from './answer.ts';
import { type Load, type LoadOptions, startLoad } from './load.ts';
import type { Orders } from './protocol.ts';
import { startSender } from './sender.ts';

async function listen(server: HttpServer | TcpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    if (server instanceof HttpServer) server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener) => listen(createServer({ keepAliveTimeout: 75_000 }, listener));

async function load(options: LoadOptions): Promise<{ load: Load; answers: Answer[] }> {
  const started = await startLoad(options);
  onTestFinished(() => started.close());
  const answers: Answer[] = [];
  started.onAnswers((batch) => answers.push(...batch));
  return { load: started, answers };
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !condition(); await delay(5)) {
    if (Date.now() > deadline) throw new Error(`not within 10 s: ${condition}`);
  }
}

const orders = (url: string): Orders => ({
  urls: [url],
  shapes: [{}],
  rate: 100,
  arrivals: 'even',
  seed: 1,
  maxOpen: 1000,
  timeoutMs: 5000,
  run: '00000000-0000-4000-8000-000000000000',
});

const block = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

describe('the load', () => {
  it('records every answer of 200 requests per second over several shapes, once each', async () => {
    const seen = new Map<string, string>();
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        seen.set(
          String(request.headers['x-request-id']),
          `${request.method} ${request.url} ${request.headers['x-team']} ${body}`,
        );
        response.writeHead(request.method === 'POST' ? 201 : 200).end('fine');
      });
    });
    const shapes = [
      { weight: 3, path: '/cart?full=1' },
      {
        weight: 1,
        method: 'POST',
        path: '/pay',
        headers: { 'x-team': 'blue', 'X-Request-Id': 'mine' },
        body: '{"sum":1}',
      },
    ];
    const { load: users, answers } = await load({ url, rate: 200, shapes, seed: 5 });
    await until(() => users.totals().sent >= 400);
    const totals = await users.stop();

    expect(totals).toMatchObject({
      open: 0,
      failed: 0,
      notSent: { tooManyOpen: 0, tooLate: 0 },
      answered: totals.sent,
    });
    expect(answers).toHaveLength(totals.sent);
    expect(new Set(answers.map(({ id }) => id))).toEqual(new Set(seen.keys()));
    expect([...new Set(seen.values())].sort()).toEqual(['GET /cart?full=1 undefined ', 'POST /pay blue {"sum":1}']);
    expect(totals.codes[200]! + totals.codes[201]!).toBe(totals.sent);
    const first = Math.min(...answers.map(({ plannedAt }) => plannedAt));
    const offsets = answers.map(({ plannedAt }) => plannedAt - first).sort((a, b) => a - b);
    for (const [index, offset] of offsets.entries()) expect(offset).toBeCloseTo(index * 5, 1);
    expect(users.latencies()).toMatchObject({ count: totals.sent });
  });

  it('goes on sending while the server stands still, and counts that time against the server', async () => {
    const url = await serve((_request, response) => response.end());
    const { load: users, answers } = await load({ url, rate: 200 });
    await until(() => users.totals().answered >= 20);
    // This process is the server: nothing is accepted, read or answered.
    const stalledAt = Date.now();
    block(600);
    await until(() => users.totals().answered >= 20 + 160);
    await users.stop();
    const during = answers.filter(({ plannedAt }) => plannedAt > stalledAt + 10 && plannedAt < stalledAt + 590);
    expect(during.length).toBeGreaterThanOrEqual(114);
    const sentOnTime = during.filter(({ sentAt, plannedAt }) => sentAt - plannedAt < 50);
    expect(sentOnTime.length).toBeGreaterThan(during.length * 0.9);
    // A closed loop would have had one slow request; here half of those planned in the stall waited half of it.
    const slow = during.filter(({ latencyMs }) => latencyMs > 300);
    expect(slow.length / during.length).toBeGreaterThan(0.4);
  });

  it('counts what it does not send because too many requests are open, and gives up on each in time', async () => {
    const url = await serve(() => {});
    const { load: users, answers } = await load({ url, rate: 100, maxOpen: 10, timeoutMs: 400 });
    await until(() => users.totals().planned >= 100);
    expect(users.totals().open).toBeLessThanOrEqual(10);
    const totals = await users.stop();
    expect(totals.notSent.tooManyOpen).toBeGreaterThan(50);
    expect(totals.planned).toBe(totals.sent + totals.notSent.tooManyOpen);
    expect(totals).toMatchObject({ open: 0, failed: totals.sent, errors: { timeout: totals.sent } });
    for (const { latencyMs } of answers) expect(latencyMs).toBeGreaterThanOrEqual(399);
    expect(users.latencies().p50).toBeLessThan(600);
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ['cut off before the answer', (socket) => socket.destroy(), 'closed'],
    ['cut off within the answer', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'), 'closed'],
    ['no HTTP', (socket) => socket.end('What do you want?\r\n\r\n'), 'protocol'],
  ])('reports an answer that is %s as failed, and never repeats the request', async (_name, answer, error) => {
    let requests = 0;
    const url = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => {
          requests += 1;
          answer(socket);
        });
      }),
    );
    const { load: users } = await load({ url, rate: 100 });
    await until(() => users.totals().sent >= 10);
    const totals = await users.stop();
    expect(totals.errors).toEqual({ connect: 0, closed: 0, protocol: 0, timeout: 0, [error]: totals.sent });
    expect(requests).toBe(totals.sent);
  });

  it('does not repeat a request on a kept connection that the server ends instead of answering', async () => {
    const ids: string[] = [];
    const url = await serve((request, response) => {
      ids.push(String(request.headers['x-request-id']));
      if (ids.length % 2 === 0) request.socket.destroy();
      else response.end();
    });
    const { load: users } = await load({ url, rate: 50 });
    await until(() => users.totals().sent >= 20);
    const totals = await users.stop();
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(totals.sent);
    expect(totals.errors.closed).toBe(Math.floor(totals.sent / 2));
  });

  it('reports a refused connection as such', async () => {
    const server = createServer();
    const url = await listen(server);
    server.close();
    const { load: users, answers } = await load({ url, rate: 100 });
    await until(() => users.totals().answered >= 5);
    expect((await users.stop()).errors).toMatchObject({ closed: 0, timeout: 0 });
    expect(answers[0]?.outcome).toMatchObject({ kind: 'error', error: 'connect' });
  });

  it('lets go of an idle connection long before a server would', async () => {
    const ended = Promise.withResolvers<number>();
    const server = createServer((_request, response) => response.end());
    server.on('connection', (socket) => {
      const from = Date.now();
      socket.on('end', () => ended.resolve(Date.now() - from));
    });
    const { load: users } = await load({ url: await listen(server), rate: 1000 });
    await until(() => users.totals().answered >= 1);
    users.setRate(0);
    expect(await ended.promise).toBeLessThan(4000);
  });

  it('changes its rate while it runs', async () => {
    const url = await serve((_request, response) => response.end());
    const { load: users, answers } = await load({ url, rate: 0 });
    users.setRate(50);
    await until(() => users.totals().answered >= 15);
    users.setRate(400);
    await until(() => users.totals().answered >= 215);
    await users.stop();
    const planned = answers.map(({ plannedAt }) => plannedAt).sort((a, b) => a - b);
    const gaps = planned.slice(1).map((time, index) => time - planned[index]!);
    expect(gaps[0]).toBeCloseTo(20, 1);
    expect(gaps.at(-1)).toBeCloseTo(2.5, 1);
  });

  it('says so when its process dies, and lets nobody wait for it', async () => {
    const url = await serve((_request, response) => response.end());
    const { load: users } = await load({ url, rate: 10, shapes: [{ method: 'GET' }] });
    process.kill(users.pid, 'SIGKILL');
    expect(await users.ended).toMatchObject({
      kind: 'died',
      problem: { code: 'SRN2002', message: expect.stringContaining('SIGKILL') },
    });
    await expect(users.stop()).rejects.toThrow('SRN2002');
  });

  it('ends as closed when it is closed', async () => {
    const { load: users } = await load({ url: 'http://127.0.0.1:9', rate: 0 });
    await users.close();
    expect(await users.ended).toEqual({ kind: 'closed' });
  });

  it.each<[string, Partial<LoadOptions>]>([
    ['an address', { url: [] }],
    ['http', { url: 'https://example.org' }],
    ['a path', { shapes: [{ path: 'cart' }] }],
    ['a header', { shapes: [{ headers: { 'bad name': 'x' } }] }],
    ['a rate', { rate: -5 }],
    ['a weight', { shapes: [{ weight: 0 }] }],
  ])('refuses to start without %s that makes sense', async (_name, options) => {
    await expect(startLoad({ url: 'http://127.0.0.1:9', rate: 1, ...options })).rejects.toThrow();
  });
});

describe('the sender', () => {
  it('sends again after a pause that began while it was late', async () => {
    const url = await serve((_request, response) => response.end());
    let now = 0;
    const sender = startSender({ clock: { now: () => now }, onAnswer: () => {}, orders: orders(url) });
    // One is 8 ms late, and the next one would fall into the pause.
    now = 18;
    sender.setRate(0);
    sender.setRate(100);
    expect(sender.counts().sent).toBe(3);
    now = 36;
    sender.setRate(100);
    expect(sender.counts().sent).toBe(4);
    await sender.stop();
    await sender.close();
  });

  it('spreads what it was too late for, and counts what it was much too late for', async () => {
    const url = await serve((_request, response) => response.end());
    const answers: Answer[] = [];
    const sender = startSender({
      clock: systemClock,
      onAnswer: (answer) => answers.push(answer),
      orders: orders(url),
    });
    await until(() => answers.length >= 3);
    block(1300);
    await until(() => answers.some(({ sentAt, plannedAt }) => sentAt - plannedAt > 900));
    await until(() => sender.counts().sent >= 150);
    await sender.stop();
    await sender.close();

    const { tooLate } = sender.counts().notSent;
    expect(tooLate).toBeGreaterThan(20);
    expect(tooLate).toBeLessThan(60);
    const late = answers.filter(({ sentAt, plannedAt }) => sentAt - plannedAt > 10).map(({ sentAt }) => sentAt);
    late.sort((a, b) => a - b);
    // At twice the rate of 100/s: no more than 4 + 1 in any 20 ms, whereas all at once would have been some hundred.
    const crowd = late.map((from) => late.filter((time) => time >= from && time < from + 20).length);
    expect(Math.max(...crowd)).toBeLessThanOrEqual(6);
    expect(late.length).toBeGreaterThan(80);
  });
});
