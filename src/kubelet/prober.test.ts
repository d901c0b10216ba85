import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scaledClock } from '../../test/support/scaled-clock.ts';
import { waitFor } from '../../test/support/wait.ts';
import type { Container } from '../api/kubernetes.ts';
import { attempt, type Target } from './probe.ts';
import { runProbes } from './prober.ts';

/** A second of Kubernetes' time is a fiftieth of a real one, apart from where a timeout itself is the point. */
const SPEED = 50;

interface Seen {
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly at: number;
}

describe('probes against a real server', () => {
  let server: Server;
  let seen: Seen[];
  let answers: Record<string, { status: number; location?: string } | 'never' | 'hangUp'>;
  let stop: AbortController;
  let clock: ReturnType<typeof scaledClock>;

  beforeEach(async () => {
    seen = [];
    answers = {};
    stop = new AbortController();
    clock = scaledClock(SPEED);
    server = createServer((request, answer) => {
      seen.push({ path: request.url ?? '', headers: request.headers, at: clock.now() });
      const how = answers[request.url ?? ''] ?? { status: 200 };
      if (how === 'never') return;
      if (how === 'hangUp') return void request.socket.destroy();
      answer
        .writeHead(how.status, how.location === undefined ? {} : { location: how.location })
        .end('x'.repeat(20_000));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    stop.abort();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });

  const port = () => (server.address() as AddressInfo).port;
  const target = (more: Partial<Target> = {}): Target => ({
    clock,
    host: '127.0.0.1',
    localPort: (name) => (name === 'http' ? port() : undefined),
    exec: async () => ({ code: 0, output: '' }),
    ...more,
  });
  const once = (path: string, more: object = {}) =>
    attempt({ httpGet: { path, port: 'http', ...more } }, target(), 60_000, stop.signal);

  describe('one attempt', () => {
    it.each([
      [200, 'healthy'],
      [204, 'healthy'],
      [302, 'healthy'],
      [399, 'healthy'],
      [400, 'unhealthy'],
      [500, 'unhealthy'],
    ])('takes %s for %s', async (status, kind) => {
      answers['/x'] = { status };
      expect((await once('/x')).kind).toBe(kind);
    });

    it('follows redirects on the same host, takes one to elsewhere as healthy, and gives up on a loop', async () => {
      answers = {
        '/a': { status: 302, location: '/b' },
        '/b': { status: 503 },
        '/away': { status: 301, location: 'http://elsewhere.example/' },
        '/loop': { status: 307, location: '/loop' },
      };
      expect(await once('/a')).toEqual({ kind: 'unhealthy', message: 'GET /b answered 503' });
      expect((await once('/away')).kind).toBe('healthy');
      expect(await once('/loop')).toEqual({ kind: 'unhealthy', message: 'more than 10 redirects' });
      expect(seen.filter(({ path }) => path === '/loop')).toHaveLength(11);
    });

    it('sends the headers it was given, and opens a connection of its own', async () => {
      await once('/x', { httpHeaders: [{ name: 'Authorization', value: 'Basic x' }] });
      expect(seen[0]?.headers).toMatchObject({ authorization: 'Basic x', connection: 'close' });
    });

    it('is unhealthy when nobody listens, the connection breaks, or the port is unknown', async () => {
      answers['/gone'] = 'hangUp';
      expect((await once('/gone')).kind).toBe('unhealthy');
      const closed = createTcpServer().listen(0, '127.0.0.1');
      const free = await new Promise<number>((resolve) =>
        closed.once('listening', () => resolve((closed.address() as AddressInfo).port)),
      );
      await new Promise((resolve) => closed.close(resolve));
      const refused = await attempt(
        { tcpSocket: { port: 'x' } },
        target({ localPort: () => free }),
        60_000,
        stop.signal,
      );
      expect(refused).toMatchObject({ kind: 'unhealthy', message: expect.stringContaining('ECONNREFUSED') });
      expect((await once('/x', { port: 'admin' })).kind).toBe('unhealthy');
    });

    it('is healthy when a TCP connection can be made', async () => {
      expect(await attempt({ tcpSocket: { port: 'http' } }, target(), 60_000, stop.signal)).toEqual({
        kind: 'healthy',
      });
    });

    it('is unhealthy when no answer comes within the timeout, and says so', async () => {
      answers['/slow'] = 'never';
      const outcome = await attempt({ httpGet: { path: '/slow', port: 'http' } }, target(), 2000, stop.signal);
      expect(outcome).toEqual({ kind: 'unhealthy', message: 'no answer within 2 s' });
    });

    it('goes by a command’s exit code, and tells it when time is up', async () => {
      const exec = (code: number): Target => target({ exec: async () => ({ code, output: 'because' }) });
      const command = { exec: { command: ['check'] } };
      expect((await attempt(command, exec(0), 60_000, stop.signal)).kind).toBe('healthy');
      expect(await attempt(command, exec(3), 60_000, stop.signal)).toEqual({
        kind: 'unhealthy',
        message: 'the command ended with code 3: because',
      });
      let told = false;
      const hanging = target({
        exec: (_argv, signal) =>
          new Promise((resolve) =>
            signal.addEventListener('abort', () => {
              told = true;
              resolve({ code: 0, output: '' });
            }),
          ),
      });
      expect(await attempt(command, hanging, 1000, stop.signal)).toEqual({
        kind: 'unhealthy',
        message: 'no answer within 1 s',
      });
      expect(told).toBe(true);
    });
  });

  describe('of one run of a container', () => {
    const probe = (path: string, more: object = {}) => ({
      httpGet: { path, port: 'http' },
      periodSeconds: 1,
      timeoutSeconds: 300,
      ...more,
    });

    function run(container: Partial<Container>) {
      const events: string[] = [];
      const startedAt = clock.now();
      const done = runProbes({
        container: { name: 'app', ...container },
        target: target(),
        clock,
        startedAt,
        signal: stop.signal,
        onStarted: () => events.push('started'),
        onReady: (ready, message) => events.push(ready ? 'ready' : message),
        onUnhealthy: (message, grace) => events.push(grace === undefined ? message : `${message} (${grace} s)`),
      });
      const happened = (count: number) => waitFor(`${count} events`, () => events.length >= count && events);
      return { events, startedAt, done, happened };
    }
    const paths = () => seen.map(({ path }) => path);

    it('without probes is started and ready at once', async () => {
      const { events, done } = run({});
      await done;
      expect(events).toEqual(['started', 'ready']);
    });

    it('is ready only after successThreshold, unready after failureThreshold, and ready again', async () => {
      answers['/ready'] = { status: 503 };
      const { happened, done } = run({ readinessProbe: probe('/ready', { successThreshold: 2, failureThreshold: 2 }) });
      await waitFor('three failed probes', () => seen.length >= 3);
      answers['/ready'] = { status: 200 };
      const failing = 'readiness probe failed: GET /ready answered 503';
      expect(await happened(3)).toEqual(['started', failing, 'ready']);
      expect(seen.length).toBeGreaterThanOrEqual(5);
      answers['/ready'] = { status: 503 };
      expect(await happened(4)).toEqual(['started', failing, 'ready', failing]);
      answers['/ready'] = { status: 200 };
      expect((await happened(5))[4]).toBe('ready');
      stop.abort();
      await done;
    });

    it('waits for the initial delay, then once per period', async () => {
      const { startedAt } = run({ readinessProbe: probe('/ready', { initialDelaySeconds: 20, periodSeconds: 10 }) });
      await waitFor('three probes', () => seen.length >= 3);
      const times = seen.map(({ at }) => (at - startedAt) / 1000);
      expect(times[0]).toBeGreaterThanOrEqual(19.9);
      expect(times[2]).toBeGreaterThanOrEqual(39.9);
    });

    it('gives up on a container that is not live, once, after failureThreshold in a row', async () => {
      answers['/live'] = { status: 500 };
      const { events, done } = run({
        livenessProbe: probe('/live', { failureThreshold: 3, terminationGracePeriodSeconds: 7 }),
        readinessProbe: probe('/ready'),
      });
      await waitFor('the verdict', () => events.length >= 3);
      stop.abort();
      await done;
      expect(events).toEqual(['started', 'ready', 'liveness probe failed: GET /live answered 500 (7 s)']);
      expect(paths().filter((path) => path === '/live')).toHaveLength(3);
    });

    it('asks nothing else before the startup probe has succeeded', async () => {
      answers['/start'] = { status: 503 };
      const { happened } = run({
        startupProbe: probe('/start', { failureThreshold: 30 }),
        livenessProbe: probe('/live'),
        readinessProbe: probe('/ready'),
      });
      await waitFor('some failed startup probes', () => seen.length >= 3);
      expect(new Set(paths())).toEqual(new Set(['/start']));
      answers['/start'] = { status: 200 };
      expect(await happened(2)).toEqual(['started', 'ready']);
      await waitFor('liveness', () => paths().includes('/live'));
      expect(paths().lastIndexOf('/start')).toBeLessThan(paths().indexOf('/ready'));
    });

    it('gives up on a container that never starts', async () => {
      answers['/start'] = { status: 503 };
      const { events, done } = run({
        startupProbe: probe('/start', { failureThreshold: 2 }),
        readinessProbe: probe('/ready'),
      });
      await done;
      expect(events).toEqual(['startup probe failed: GET /start answered 503']);
      expect(paths()).toEqual(['/start', '/start']);
    });

    it('ends with its signal, in the middle of an attempt too', async () => {
      answers['/ready'] = 'never';
      const { events, done } = run({ readinessProbe: probe('/ready') });
      await waitFor('the attempt', () => seen.length === 1);
      stop.abort();
      await done;
      expect(events).toEqual(['started']);
    });
  });
});
