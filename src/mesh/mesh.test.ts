import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { startPod, type Pod as TestPod } from '../../test/support/local-proxy.ts';
import { waitFor } from '../../test/support/wait.ts';
import { kinds, validate } from '../api/kinds.ts';
import type { KubeObject } from '../api/object.ts';
import { systemClock } from '../lib/clock.ts';
import { createMemoryObjects } from '../objects/memory/memory.ts';
import type { Objects } from '../objects/objects.ts';
import { type Mesh, startMesh } from './mesh.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const istio = (kind: string, spec: object): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind,
  metadata: { name: 'app', namespace: 'demo' },
  spec,
});
const SERVICE: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'app', namespace: 'demo' },
  spec: { selector: { app: 'app' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
};
const RULE = istio('DestinationRule', {
  host: 'app',
  subsets: [
    { name: 'v1', labels: { version: 'v1' } },
    { name: 'v2', labels: { version: 'v2' } },
  ],
});
const route = (subset: string, more: object = {}): KubeObject =>
  istio('VirtualService', { hosts: ['app'], http: [{ route: [{ destination: { host: 'app', subset } }], ...more }] });

interface World {
  readonly objects: Objects;
  readonly mesh: Mesh;
  readonly lines: string[];
  addPod(version: string): Promise<void>;
  setRoute(next: KubeObject): Promise<void>;
  ask(): Promise<string>;
}

/** Its watches tell of everything a little late, as those of a real API server do. */
const lagging = (objects: Objects): Objects => ({
  ...objects,
  async *watch(kind, from, signal) {
    for await (const event of objects.watch(kind, from, signal)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      yield event;
    }
  },
});

async function startWorld(...given: readonly KubeObject[]): Promise<World> {
  const memory = createMemoryObjects({ clock: systemClock, uid: randomUUID, kinds: (kind) => kinds[kind], validate });
  const objects = lagging(memory);
  for (const object of [SERVICE, ...given]) await objects.create(object);
  const lines: string[] = [];
  const mesh = await startMesh({ objects, seed: 1, log: (line) => lines.push(line) });
  closing.push(() => mesh.close());
  const servers: TestPod[] = [];
  closing.push(async () => void (await Promise.all(servers.map((server) => server.close()))));
  return {
    objects,
    mesh,
    lines,
    async addPod(version) {
      const server = await startPod((_request, response) => response.end(version));
      servers.push(server);
      const spec = { containers: [{ name: 'a', ports: [{ containerPort: 8080, hostPort: server.port }] }] };
      const labels = { app: 'app', version };
      const metadata = { name: `app-${version}`, namespace: 'demo', labels };
      const pod = await objects.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
      const status = { podIP: '127.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] };
      await objects.updateStatus({ ...pod, status });
    },
    async setRoute(next) {
      const present = await objects.get({ kind: 'VirtualService', namespace: 'demo', name: 'app' });
      if (present === undefined) await objects.create(next);
      else await objects.update({ ...present, spec: next.spec });
    },
    async ask() {
      const { host, port } = await mesh.address('app', 'demo');
      const response = await fetch(`http://${host}:${port}/`);
      return `${response.status} ${await response.text()}`;
    },
  };
}

describe('the mesh', () => {
  it('routes by what was written before `applied`, every time', async () => {
    const world = await startWorld(RULE, route('v1'));
    await world.addPod('v1');
    await world.addPod('v2');
    for (let turn = 0; turn < 20; turn++) {
      const version = turn % 2 === 0 ? 'v2' : 'v1';
      await world.setRoute(route(version));
      await world.mesh.applied();
      expect(await world.ask()).toBe(`200 ${version}`);
    }
  });

  it('has dropped a removed pod once `applied` resolves', async () => {
    const world = await startWorld();
    await world.addPod('v1');
    await world.addPod('v2');
    await world.mesh.applied();
    await world.objects.remove({ kind: 'Pod', namespace: 'demo', name: 'app-v1' });
    await world.mesh.applied();
    for (let turn = 0; turn < 20; turn++) expect(await world.ask()).toBe('200 v2');
  });

  it('follows changes without being asked', async () => {
    const world = await startWorld(RULE, route('v1'));
    expect(await world.ask()).toMatch(/^503/);
    await world.addPod('v1');
    await waitFor('the pod to be reached', async () => (await world.ask()) === '200 v1');
  });

  it('gives one address for one service and caller, and another for another caller', async () => {
    const { mesh } = await startWorld();
    const plain = await mesh.address('app', 'demo');
    expect(await mesh.address('app', 'demo')).toEqual(plain);
    expect(await mesh.address('app', 'demo', { labels: {} }, 80)).toMatchObject({ host: '127.0.0.1' });
    expect(await mesh.address('app', 'demo', { labels: { app: 'qa' } })).not.toEqual(plain);
    await expect(mesh.address('app', 'other')).rejects.toThrow(/SRN1201/);
    await expect(mesh.address('app', 'demo', { labels: {} }, 'grpc')).rejects.toThrow(/SRN1201/);
  });

  it('does not start with what it does not support', async () => {
    const fault = { fault: { abort: { httpStatus: 500, percentage: { value: 1 } } } };
    await expect(startWorld(RULE, route('v1', fault))).rejects.toThrow(
      /VirtualService\/demo\/app spec\.http\[0\]\.fault: .*SRN1601/,
    );
  });

  it('keeps the last good routes when later ones are not supported, says so, and says when it is well again', async () => {
    const world = await startWorld(RULE, route('v1'));
    await world.addPod('v1');
    await world.addPod('v2');
    await world.mesh.applied();
    const told: number[] = [];
    world.mesh.onProblems((problems) => told.push(problems.length));
    await world.setRoute(route('v2', { corsPolicy: {} }));
    await world.mesh.applied();
    expect(await world.ask()).toBe('200 v1');
    expect(world.mesh.problems()).toMatchObject([{ code: 'SRN1601', place: { path: 'spec.http[0].corsPolicy' } }]);
    await world.setRoute(route('v2'));
    await world.mesh.applied();
    expect(await world.ask()).toBe('200 v2');
    expect(world.mesh.problems()).toEqual([]);
    expect(told).toEqual([1, 0]);
    expect(world.lines).toHaveLength(2);
  });

  it('answers 404 NR at the address of a service that has gone', async () => {
    const world = await startWorld();
    const { mesh } = world;
    const before = await mesh.address('app', 'demo');
    await world.objects.remove({ kind: 'Service', namespace: 'demo', name: 'app' });
    await mesh.applied();
    expect((await fetch(`http://${before.host}:${before.port}/`)).status).toBe(404);
  });

  it('tells the access log to those who listen, while they listen', async () => {
    const world = await startWorld(RULE, route('v1'));
    await world.addPod('v1');
    await world.mesh.applied();
    const entries: string[] = [];
    const stop = world.mesh.onAccess((batch) => entries.push(...batch.map(({ pod = '', code }) => `${pod} ${code}`)));
    await world.ask();
    await world.mesh.flushAccess();
    expect(entries).toEqual(['app-v1 200']);
    stop();
    await world.ask();
    await world.mesh.flushAccess();
    expect(entries).toHaveLength(1);
  });

  it('tells when its process dies, to everybody who waits for it', async () => {
    const { mesh } = await startWorld();
    const stats = mesh.stats();
    process.kill(mesh.pid, 'SIGKILL');
    await stats.catch(() => {});
    await expect(mesh.ended).resolves.toMatchObject({ kind: 'died', problem: { code: 'SRN2002' } });
    await expect(mesh.stats()).rejects.toThrow(/SRN2002/);
  });

  it('ends quietly when it is closed, and its process with it', async () => {
    const { mesh } = await startWorld();
    await mesh.close();
    await expect(mesh.ended).resolves.toEqual({ kind: 'closed' });
    expect(() => process.kill(mesh.pid, 0)).toThrow();
  });
});
