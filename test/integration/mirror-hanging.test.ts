// Done when 5: everything is mirrored to a canary that hangs, and users do not feel it.
// Takes about a minute: ten pairs of windows, each in slices of on and off in turn, so that the machine's own ups and downs
// meet both alike.
import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { kinds, validate } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Answer } from '../../src/load/answer.ts';
import { startLoad } from '../../src/load/load.ts';
import { startMesh } from '../../src/mesh/mesh.ts';
import { createMemoryObjects } from '../../src/objects/memory/memory.ts';
import { type Pod, startPod } from '../support/local-proxy.ts';
import { waitFor } from '../support/wait.ts';

const RATE = 200;
const PAIRS = 10;
/** A window of two seconds is two slices: off, on, on, off, and the other way round in the next pair. */
const SLICE_MS = 1000;
const ORDER = [false, true, true, false];
/** Copies hang until then: long enough that without the pool more of them would be open than it allows. */
const TIMEOUT_MS = 400;
/** After a change the first requests belong to no window, until no copy of before is left and the change itself is digested. */
const SETTLE_MS = 2 * TIMEOUT_MS;
const POOL = { tcp: { maxConnections: 50 }, http: { http1MaxPendingRequests: 20 } };
const OPEN_AT_MOST = 70;
const CANARY = 'outbound|80|v2|app.demo.svc.cluster.local';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

it('users do not feel a hanging canary that everything is mirrored to, and copies stay within its pool', async () => {
  const objects = createMemoryObjects({ clock: systemClock, uid: randomUUID, kinds: (kind) => kinds[kind], validate });
  for (const object of [SERVICE, RULE, route(false)]) await objects.create(object);
  const stable = await startPod((_request, response) => void setTimeout(() => response.end('stable'), 20));
  const canary = await startPod(() => {});
  closing.push(stable.close, canary.close);
  for (const [version, pod] of Object.entries({ v1: stable, v2: canary })) {
    const created = await objects.create(podOf(version, pod));
    const status = { podIP: '127.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] };
    await objects.updateStatus({ ...created, status });
  }
  const mesh = await startMesh({ objects, seed: 1, log: () => {} });
  closing.push(() => mesh.close());
  const { host, port } = await mesh.address('app', 'demo');
  const load = await startLoad({
    url: `http://${host}:${port}`,
    rate: RATE,
    shapes: [{ method: 'POST', path: '/', body: 'x'.repeat(500) }],
  });
  closing.push(() => load.close());
  const answers: Answer[] = [];
  load.onAnswers((batch) => answers.push(...batch));
  // Both processes are warm before the first window counts.
  await waitFor('the warm-up', () => answers.length > 2 * RATE);

  const slice = async (mirrored: boolean): Promise<readonly number[]> => {
    const present = await objects.get({ kind: 'VirtualService', namespace: 'demo', name: 'app' });
    await objects.update({ ...present!, spec: route(mirrored).spec });
    await mesh.applied();
    const from = Date.now() + SETTLE_MS;
    const to = from + SLICE_MS;
    await waitFor('the answers of a slice', () => (answers.at(-1)?.plannedAt ?? 0) > to + 50);
    const own = answers.splice(0).filter(({ plannedAt }) => plannedAt >= from && plannedAt < to);
    expect(own.length).toBeGreaterThan(0.9 * RATE * (SLICE_MS / 1000));
    expect(own.filter(({ outcome }) => outcome.kind !== 'code' || outcome.code !== 200)).toEqual([]);
    return own.map(({ latencyMs }) => latencyMs);
  };

  const pairs: { readonly off: number; readonly on: number }[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const windows = { off: [] as number[], on: [] as number[] };
    for (const each of ORDER) {
      const mirrored = pair % 2 === 0 ? each : !each;
      windows[mirrored ? 'on' : 'off'].push(...(await slice(mirrored)));
    }
    pairs.push({ off: quantile(windows.off, 0.99), on: quantile(windows.on, 0.99) });
    expect(canary.sockets.size).toBeLessThanOrEqual(POOL.tcp.maxConnections);
  }

  const { copiesOpenMax, copies, copiesDropped, pendingOverflow } = (await mesh.stats()).clusters[CANARY]!;
  expect(copies).toBeGreaterThan(0.9 * PAIRS * RATE * ((2 * SLICE_MS) / 1000));
  // It did hang: the pool filled up and overflowed, and never held more.
  expect(copiesDropped).toBeGreaterThan(0);
  expect(pendingOverflow).toBeGreaterThan(0);
  expect(copiesOpenMax).toBeGreaterThanOrEqual(POOL.tcp.maxConnections);
  expect(copiesOpenMax).toBeLessThanOrEqual(OPEN_AT_MOST);

  const difference = median(pairs.map(({ on, off }) => on - off));
  const allowed = Math.max(5, 0.1 * median(pairs.map(({ off }) => off)));
  const shown = pairs.map(({ off, on }) => `${off.toFixed(1)}/${on.toFixed(1)}`).join(' ');
  expect(difference, `p99 off/on in ms: ${shown}`).toBeLessThanOrEqual(allowed);
}, 120_000);

const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(q * values.length) - 1]!;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
}

const NAMED = { name: 'app', namespace: 'demo' };
const SERVICE: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: NAMED,
  spec: { selector: { app: 'app' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
};
const RULE: KubeObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: NAMED,
  spec: {
    host: 'app',
    subsets: [
      { name: 'v1', labels: { version: 'v1' } },
      { name: 'v2', labels: { version: 'v2' }, trafficPolicy: { connectionPool: POOL } },
    ],
  },
};

/** `methods: all`: the mirror is on the route itself, and every method is copied. */
const route = (mirrored: boolean): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: NAMED,
  spec: {
    hosts: ['app'],
    http: [
      {
        timeout: `${TIMEOUT_MS}ms`,
        route: [{ destination: { host: 'app', subset: 'v1' } }],
        ...(mirrored ? { mirror: { host: 'app', subset: 'v2' } } : {}),
      },
    ],
  },
});

const podOf = (version: string, { port }: Pod): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `app-${version}`, namespace: 'demo', labels: { app: 'app', version } },
  spec: { containers: [{ name: 'a', ports: [{ containerPort: 8080, hostPort: port }] }] },
});
