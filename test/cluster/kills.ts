// One release in a namespace of its own under two operators, the first of which is killed at one of its writes; and how it ends.
// Steps last a second, the lease two; samples follow the routes as they were accepted. Called by kills.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '../../src/api/object.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { connectKubernetes } from '../../src/objects/kubernetes/connect.ts';
import type { Objects } from '../../src/objects/objects.ts';
import { isEnded, type ReleaseStatus } from '../../src/release/status.ts';
import { checkoutObjects, checkoutRelease } from '../support/checkout-objects.ts';
import { startOperatorProcess } from '../support/operator-process.ts';
import { startPrometheusStub } from '../support/prometheus-stub.ts';
import { SimCluster, VirtualClock } from '../support/sim-cluster.ts';
import { waitFor } from '../support/wait.ts';
import type { RunningApiServer } from './api-server.ts';
import { type KillOrder, startKillingProxy } from './killing-proxy.ts';
import { freshNamespace } from './namespaces.ts';
import { kubeconfigText } from './users.ts';

export interface Course {
  readonly name: string;
  readonly canaryErrors: number;
  readonly end: object;
}

export const COURSES: readonly Course[] = [
  { name: 'a promoted release', canaryErrors: 0, end: { phase: 'Promoted' } },
  { name: 'a rolled back release', canaryErrors: 0.05, end: { phase: 'RolledBack', outcome: 'rolledBack' } },
];

export interface End {
  readonly phase: string;
  readonly outcome?: string;
  readonly specs: readonly unknown[];
  readonly finalizers: readonly string[];
}

export interface Run {
  readonly end: End;
  readonly writes: readonly string[];
  readonly killed: boolean;
}

const ENDS_WITHIN_MS = 180_000;

class RealClock extends VirtualClock {
  override now(): number {
    return systemClock.now();
  }
  override sleep(ms?: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms ?? 0, signal);
  }
  override pass(): void {}
}

export async function runKilled(server: RunningApiServer, course: Course, order: KillOrder): Promise<Run> {
  await using cleanup = new AsyncDisposableStack();
  const { namespace, objects } = await ownNamespace(server, cleanup);
  const sim = new SimCluster(new RealClock(), objects);
  sim.eachPass = true;
  sim.canaryErrors = course.canaryErrors;
  const prometheus = await startPrometheusStub(sim.store);
  cleanup.defer(() => prometheus.close());
  live(sim, cleanup);
  const folder = mkdtempSync(join(tmpdir(), 'serin-kills-'));
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
  const start = (name: string, address: string, ca?: string) => {
    const kubeconfig = join(folder, name);
    const user = { user: 'admin', token: server.tokens.admin, namespace };
    writeFileSync(kubeconfig, kubeconfigText({ server: address, ...(ca === undefined ? {} : { ca }), ...user }));
    return cleanup.use(startOperatorProcess(flags(namespace, prometheus.url), { KUBECONFIG: kubeconfig }));
  };
  const upstream = { url: server.url, ca: server.pki.caText };
  const proxy = cleanup.use(await startKillingProxy(upstream, order, () => void first.child.kill('SIGKILL')));
  const first = start('first', proxy.url);
  await first.said('leads');
  const second = start('second', server.url, server.pki.ca);
  await second.said('started');
  await sim.create(inNamespace([...checkoutObjects().map(brief), checkoutRelease()], namespace));
  const release = { kind: 'Release', namespace, name: 'checkout-v2' };
  const status = await waitFor(
    `${course.name}, killed at write ${order.write} ${order.point}, ends`,
    async () => {
      const { status: now, metadata } = (await objects.get(release)) as KubeObject<unknown, ReleaseStatus>;
      const isOver = now !== undefined && isEnded(now) && (metadata.finalizers ?? []).length === 0;
      return isOver ? now : undefined;
    },
    ENDS_WITHIN_MS,
  );
  return { end: await endOf(objects, status, namespace), writes: proxy.writes, killed: proxy.killed() };
}

async function ownNamespace(server: RunningApiServer, cleanup: AsyncDisposableStack) {
  const connect = async (namespace?: string) => {
    const own = namespace === undefined ? {} : { namespace, onlyNamespace: true };
    const connected = await connectKubernetes({ env: server.env, clock: systemClock, ...own });
    if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
    return cleanup.use(connected.value);
  };
  const namespace = await freshNamespace((await connect()).objects);
  return { namespace, objects: (await connect(namespace)).objects };
}

function live(sim: SimCluster, cleanup: AsyncDisposableStack): void {
  const stop = new AbortController();
  const living = (async () => {
    while (!stop.signal.aborted) {
      await sim.pass();
      await systemClock.sleep(400, stop.signal);
    }
  })();
  cleanup.defer(async () => {
    stop.abort();
    await living;
  });
}

const flags = (namespace: string, prometheus: string): readonly string[] => [
  ...['-n', namespace, '--prometheus', prometheus, '--prometheus-scrape-interval', '1s', '--prometheus-timeout', '2s'],
  ...['--lease-duration', '2s', '--renew-deadline', '1400ms', '--retry-period', '300ms'],
  ...['--propagation', '2s', '--grace', '30s', '--drain', '30s', '--tick', '300ms'],
];

/** Every step lasts a second. */
function brief(object: KubeObject): KubeObject {
  if (object.kind !== 'ReleasePolicy') return object;
  const text = JSON.stringify(object)
    .replaceAll(/"for":"\d+s"/g, '"for":"1s"')
    .replace('"after":"2s"', '"after":"1s"');
  return JSON.parse(text) as KubeObject;
}

const inNamespace = (objects: readonly KubeObject[], namespace: string): readonly KubeObject[] =>
  objects.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));

async function endOf(objects: Objects, status: ReleaseStatus, namespace: string): Promise<End> {
  const kinds = ['VirtualService', 'DestinationRule', 'Deployment'];
  const lists = await Promise.all(kinds.map((kind) => objects.list(kind, namespace)));
  const release = await objects.get({ kind: 'Release', namespace, name: 'checkout-v2' });
  return {
    phase: status.phase,
    ...(status.rollBack === undefined ? {} : { outcome: status.rollBack.outcome }),
    specs: lists.flatMap(({ items }) => items.map(({ spec }) => spec)),
    finalizers: release?.metadata.finalizers ?? [],
  };
}
