// The embedded mesh as a data plane for the conformance suite: memory objects, pods as servers in the test's own process.
// Never starts a kubelet: pods are written as a kubelet would write them. Called by the conformance tests.
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { kinds, validate } from '../../src/api/kinds.ts';
import { type KubeObject, refOf } from '../../src/api/object.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type AccessEntry, startMesh } from '../../src/mesh/mesh.ts';
import { createMemoryObjects } from '../../src/objects/memory/memory.ts';
import { waitFor } from '../support/wait.ts';
import { type Backend, startBackend } from './backend.ts';
import type { DataPlane, PodPlan } from './data-plane.ts';
import { NAMESPACE, service } from './manifests.ts';

const LISTED = ['VirtualService', 'DestinationRule', 'Pod'] as const;

export async function startEmbedded(seed: number): Promise<DataPlane & { readonly pid: number }> {
  const objects = createMemoryObjects({ clock: systemClock, uid: randomUUID, kinds: (kind) => kinds[kind], validate });
  await objects.create(service);
  const mesh = await startMesh({ objects, seed, log: () => {} });
  let backends: (Backend & { readonly version: string; readonly pod: string })[] = [];
  let entries: AccessEntry[] = [];
  mesh.onAccess((batch) => entries.push(...batch));

  async function clear(listed: readonly string[]): Promise<void> {
    for (const kind of listed) {
      const { items } = await objects.list(kind);
      for (const item of items) await objects.remove(refOf(item));
    }
  }

  async function startPod(plan: PodPlan, name: string): Promise<void> {
    const { version, act = 'ok', refuses = false, notReady = false } = plan;
    const backend = refuses ? undefined : await startBackend({ pod: name, version, act });
    if (backend !== undefined) backends.push({ ...backend, version, pod: name, received: backend.received });
    const pod = await objects.create(podOf(name, version, backend?.port ?? (await deadPort())));
    const status = { podIP: '127.0.0.1', conditions: [{ type: 'Ready', status: notReady ? 'False' : 'True' }] };
    await objects.updateStatus({ ...pod, status });
  }

  async function inForce(): Promise<void> {
    await mesh.applied();
    const [problem] = mesh.problems();
    if (problem !== undefined) throw new Error(`the mesh refused: ${JSON.stringify(problem)}`);
  }

  async function activeAt(version: string): Promise<number> {
    const { clusters } = await mesh.stats();
    return clusters[`outbound|80|${version}|app.${NAMESPACE}.svc.cluster.local`]?.activeRequests ?? 0;
  }

  return {
    pid: mesh.pid,
    async apply(given, pods) {
      await clear(LISTED);
      const before = backends;
      backends = [];
      for (const object of given) await objects.create(object);
      for (const [index, plan] of pods.entries()) {
        for (let replica = 0; replica < (plan.replicas ?? 1); replica++) {
          await startPod(plan, `app-${plan.version}-${index}-${replica}`);
        }
      }
      await inForce();
      await Promise.all(before.map((backend) => backend.close()));
      await mesh.flushAccess();
      entries = [];
    },
    async change(given) {
      // Replaced in place: at no moment is there no route.
      for (const object of given) {
        const present = await objects.get(refOf(object));
        if (present === undefined) await objects.create(object);
        else await objects.update({ ...present, spec: object.spec });
      }
      await inForce();
    },
    async end(version, how) {
      const ending = backends.filter((backend) => backend.version === version);
      const remove = async (): Promise<void> => {
        for (const { pod } of ending) await objects.remove({ kind: 'Pod', namespace: NAMESPACE, name: pod });
        await mesh.applied();
      };
      if (how === 'abrupt') {
        await Promise.all(ending.map((backend) => backend.close()));
        await remove();
        return;
      }
      await remove();
      await waitFor('the last request of the version', async () => (await activeAt(version)) === 0);
      await Promise.all(ending.map((backend) => backend.close()));
    },
    address: (caller) => mesh.address('app', NAMESPACE, { labels: caller ?? {} }),
    received: async () => backends.flatMap(({ received }) => received),
    async log() {
      await mesh.flushAccess();
      return entries.map(({ mirror = false, cluster, pod, ...entry }) => ({ ...entry, cluster, pod, mirror }));
    },
    metrics: async () => await (await fetch(mesh.metricsUrl)).text(),
    async close() {
      await mesh.close();
      await Promise.all(backends.map((backend) => backend.close()));
    },
  };
}

const podOf = (name: string, version: string, hostPort: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: NAMESPACE,
    labels: { app: 'app', version },
  },
  spec: { containers: [{ name: 'app', ports: [{ name: 'http', containerPort: 8080, hostPort }] }] },
});

/** A port at which nothing listens: it was free a moment ago. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
