import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

interface Service {
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly app: string;
  readonly side: string;
  metric(line: string): Promise<number>;
}

const example = fileURLToPath(new URL('.', import.meta.url));

function run(environment: Record<string, string>): {
  child: ChildProcess;
  output: () => string;
  exited: Promise<number | null>;
} {
  const child = spawn(process.execPath, ['app/server.ts'], {
    cwd: example,
    env: { PORT_HTTP: '0', PORT_METRICS: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, output: () => text, exited: once(child, 'exit').then(([code]) => code as number | null) };
}

async function start(environment: Record<string, string> = {}): Promise<Service> {
  const { child, output, exited } = run({ SERVICE_VERSION: 'v1', ...environment });
  const line = /requests on (:\d+|no port), metrics on :(\d+)/;
  while (!line.test(output())) {
    if (child.exitCode !== null) throw new Error(`the service ended: ${output()}`);
    await Promise.race([once(child.stdout!, 'data'), exited]);
  }
  const [, port, metricsPort] = line.exec(output()) ?? [];
  const side = `http://127.0.0.1:${metricsPort}`;
  return {
    process: child,
    exited,
    side,
    app: `http://127.0.0.1${port}`,
    metric: async (name) => {
      const lines = (await (await fetch(`${side}/metrics`)).text()).split('\n');
      return Number(lines.find((text) => text.startsWith(`${name} `))?.slice(name.length + 1) ?? Number.NaN);
    },
  };
}

const times = <T>(count: number, task: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, task));

const codes = async (service: Service, count: number): Promise<number[]> =>
  times(count, async () => {
    const response = await fetch(service.app);
    await response.text();
    return response.status;
  });

/** User and system time, from Linux' /proc (fields 14 and 15 of `stat`, in hundredths of a second). */
async function cpuSeconds(child: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
  const [user = 0, system = 0] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number);
  return (user + system) / 100;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('the checkout service', () => {
  it('greets, counts its requests by method and code, and times them; probes and scrapes are not counted', async () => {
    const service = await start();
    const response = await fetch(service.app);
    expect(await response.text()).toBe('Hello from v1\n');
    expect(response.headers.get('keep-alive')).toBe('timeout=75');
    await fetch(`${service.app}/pay`, { method: 'POST', body: 'x' });
    expect((await fetch(`${service.side}/healthz/ready`)).status).toBe(200);
    expect((await fetch(`${service.side}/healthz/live`)).status).toBe(200);
    expect(await service.metric('http_requests_total{method="GET",code="200"}')).toBe(1);
    expect(await service.metric('http_requests_total{method="POST",code="200"}')).toBe(1);
    expect(await service.metric('http_request_duration_seconds_count{method="GET"}')).toBe(1);
    expect(await service.metric('http_request_duration_seconds_bucket{le="0.005",method="GET"}')).not.toBeNaN();
    expect(await service.metric('http_request_duration_seconds_bucket{le="10",method="GET"}')).toBe(1);
  });

  it('takes as long as LATENCY says, for many requests at a time', async () => {
    const service = await start({ LATENCY: '100ms-150ms' });
    const from = performance.now();
    await codes(service, 50);
    expect(performance.now() - from).toBeLessThan(1500);
    expect(await service.metric('http_request_duration_seconds_bucket{le="0.05",method="GET"}')).toBe(0);
    const mean = (await service.metric('http_request_duration_seconds_sum{method="GET"}')) / 50;
    expect(mean).toBeGreaterThan(0.105);
    expect(mean).toBeLessThan(0.3);
  });

  it('fails as many requests as ERROR_RATE says', async () => {
    const service = await start({ ERROR_RATE: '30%' });
    const failed = (await codes(service, 400)).filter((code) => code === 500).length;
    // Five standard deviations of a binomial with n = 400, p = 0.3.
    expect(Math.abs(failed - 120)).toBeLessThan(46);
    expect(await service.metric('http_requests_total{method="GET",code="500"}')).toBe(failed);
  });

  it('burns CPU for each request, one after the other', async () => {
    const service = await start({ CPU: '20ms' });
    const before = await cpuSeconds(service.process);
    await codes(service, 10);
    expect((await cpuSeconds(service.process)) - before).toBeGreaterThanOrEqual(0.19);
  });

  it('burns a share of a core without any request', async () => {
    const service = await start({ CPU: '50%' });
    const before = await cpuSeconds(service.process);
    const from = performance.now();
    await delay(1000);
    const share = (await cpuSeconds(service.process)) - before;
    expect(share / ((performance.now() - from) / 1000)).toBeGreaterThan(0.3);
  });

  it.each(['3', '300ms'])('crashes after %s', async (CRASH_AFTER) => {
    const service = await start({ CRASH_AFTER });
    if (CRASH_AFTER === '3') {
      expect(await codes(service, 2)).toEqual([200, 200]);
      await expect(fetch(service.app)).rejects.toThrow();
    }
    expect(await service.exited).toBe(1);
  });

  it('hangs on requests and still answers its probes', async () => {
    const service = await start({ HANG: '100%' });
    await expect(fetch(service.app, { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout/);
    expect((await fetch(`${service.side}/healthz/live`)).status).toBe(200);
    expect(await service.metric('http_requests_total{method="GET",code="200"}')).toBeNaN();
  });

  it('refuses requests and is ready all the same', async () => {
    const port = await freePort();
    const { side } = await start({ REFUSE: 'true', PORT_HTTP: String(port) });
    expect((await fetch(`${side}/healthz/ready`)).status).toBe(200);
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it('hides its metrics and still answers its probes', async () => {
    const service = await start({ NO_METRICS: 'true' });
    expect((await fetch(`${service.side}/metrics`)).status).toBe(404);
    expect((await fetch(`${service.side}/healthz/ready`)).status).toBe(200);
  });

  it('is told to go: is no longer ready at once, answers what is open, and ends well', async () => {
    const service = await start({ LATENCY: '800ms' });
    const open = fetch(service.app);
    service.process.kill('SIGTERM');
    while ((await fetch(`${service.side}/healthz/ready`)).status === 200) await delay(5);
    const late = await fetch(service.app);
    expect([(await open).status, late.status]).toEqual([200, 200]);
    expect(late.headers.get('connection')).toBe('close');
    expect(await service.exited).toBe(0);
  });

  it('does not start with knobs that make no sense, and names them all', async () => {
    const { output, exited } = run({
      ERROR_RATE: '2',
      LATENCY: '70ms-50ms',
      CPU: 'much',
      CRASH_AFTER: '0',
      HANG: '101%',
      REFUSE: 'yes',
    });
    expect(await exited).toBe(2);
    for (const name of ['ERROR_RATE=2', 'LATENCY=70ms-50ms', 'CPU=much', 'CRASH_AFTER=0', 'HANG=101%', 'REFUSE=yes'])
      expect(output()).toContain(`${name}: expected`);
  });
});
