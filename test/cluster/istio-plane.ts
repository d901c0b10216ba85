// The real Istio and Envoy as a data plane for the conformance suite: Envoys of callers, told by istiod, in front of servers in the
// test's own process. Never starts a kubelet's pods: they are written as a kubelet would write them. Called by conformance.test.ts.
import { request } from 'node:http';
import { type KubeObject, refOf } from '../../src/api/object.ts';
import { type Backend, startBackend } from '../conformance/backend.ts';
import type { Address, DataPlane, LogLine, PodPlan } from '../conformance/data-plane.ts';
import { NAMESPACE, service } from '../conformance/manifests.ts';
import { waitFor } from '../support/wait.ts';
import { type AccessLine, accessLines } from './access-log.ts';
import { type Caller, createCallers } from './callers.ts';
import type { TestCluster } from './cluster.ts';
import { copiesOf } from './copies.ts';
import { connectNode } from './node/api.ts';

const LISTED = ['VirtualService', 'DestinationRule', 'Pod'] as const;
const PORT = 8080;

interface RunningPod {
  readonly name: string;
  readonly version: string;
  readonly address: string;
  readonly isReady: boolean;
  readonly backend: Backend | undefined;
}

export async function startIstioPlane(cluster: TestCluster): Promise<DataPlane> {
  const { kubernetes } = cluster;
  const objects = connectNode({ url: kubernetes.url, ca: kubernetes.pki.caText, token: kubernetes.tokens.admin });
  if ((await objects.get(refOf(service))) === undefined) await objects.create(service);
  if ((await objects.get(refOf(NODE))) === undefined) await objects.create(NODE);
  const callers = createCallers(cluster, objects);
  await callers.of({});
  let pods: readonly RunningPod[] = [];
  let addresses = 0;
  let changes = 0;
  let since: ReadonlyMap<Caller, Mark> = new Map();

  async function startPod(plan: PodPlan, name: string): Promise<RunningPod> {
    const { version, act = 'ok', refuses = false, notReady = false } = plan;
    addresses += 1;
    const address = `10.244.${2 + Math.floor(addresses / 250)}.${1 + (addresses % 250)}`;
    const at = { host: address, port: PORT };
    const backend = refuses ? undefined : await startBackend({ pod: name, version, act, at });
    const pod = await objects.create(podOf(name, version));
    await objects.updateStatus({ ...pod, status: statusOf(address, !notReady) });
    return { name, version, address, isReady: !notReady, backend };
  }

  async function clear(): Promise<void> {
    for (const kind of LISTED) {
      const { items } = await objects.list(kind, NAMESPACE);
      for (const item of items) {
        if (kind === 'Pod') await objects.discard(item as never);
        else await objects.remove(refOf(item));
      }
    }
  }

  /** Written last, so that whoever sees it has seen everything before it. */
  async function mark(): Promise<string> {
    changes += 1;
    const text = `change ${changes}`;
    await put({
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'marker', namespace: NAMESPACE },
      spec: {
        hosts: [MARKER],
        http: [{ directResponse: { status: 200, body: { string: text } } }],
      },
    });
    return text;
  }

  async function put(object: KubeObject): Promise<void> {
    const present = await objects.get(refOf(object));
    if (present === undefined) await objects.create(object);
    else await objects.update({ ...present, spec: object.spec });
  }

  async function inForce(): Promise<void> {
    const text = await mark();
    const ready = pods.filter(({ isReady }) => isReady).map(({ address }) => `${address}:${PORT}`);
    for (const caller of callers.all()) {
      await waitFor(`${text} at ${caller.address.host}`, async () => (await bodyAt(caller.address)) === text, 20_000);
      await waitFor(
        'the endpoints in force',
        async () => sameSet(await caller.endpoints(`outbound|80||app.${NAMESPACE}.svc.cluster.local`), ready),
        20_000,
      );
    }
  }

  async function begin(): Promise<void> {
    since = new Map(
      await Promise.all(
        callers.all().map(async (caller) => {
          // The marker's own lines are in the log before the case begins.
          const lines = accessLines(caller.envoy).length;
          return [caller, { lines, counters: await caller.counters() }] as const;
        }),
      ),
    );
  }

  const linesSince = (caller: Caller): readonly AccessLine[] =>
    accessLines(caller.envoy, since.get(caller)?.lines ?? 0).filter(({ authority }) => authority !== MARKER);

  return {
    async apply(given, plans) {
      await clear();
      const before = pods;
      const started: RunningPod[] = [];
      for (const object of given) await objects.create(object);
      for (const [index, plan] of plans.entries()) {
        for (let replica = 0; replica < (plan.replicas ?? 1); replica++)
          started.push(await startPod(plan, `app-${plan.version}-${index}-${replica}`));
      }
      pods = started;
      await inForce();
      await Promise.all(before.map(({ backend }) => backend?.close()));
      await begin();
    },
    async change(given) {
      for (const object of given) await put(object);
      await inForce();
    },
    async end(version, how) {
      const ending = pods.filter((pod) => pod.version === version);
      const close = () => Promise.all(ending.map(({ backend }) => backend?.close()));
      if (how === 'abrupt') await close();
      pods = pods.filter((pod) => pod.version !== version);
      for (const { name } of ending) await objects.discard(podOf(name, version) as never);
      await inForce();
      if (how === 'abrupt') return;
      const name = `outbound|80|${version}|app.${NAMESPACE}.svc.cluster.local`;
      for (const caller of callers.all())
        await waitFor('the last request of the version', async () => (await caller.active(name)) === 0);
      await close();
    },
    async address(labels = {}) {
      const known = callers.all().length;
      const caller = await callers.of(labels);
      if (callers.all().length > known) {
        await inForce();
        since = new Map([
          ...since,
          [caller, { lines: accessLines(caller.envoy).length, counters: await caller.counters() }],
        ]);
      }
      return caller.address;
    },
    received: async () => pods.flatMap(({ backend }) => backend?.received ?? []),
    async log() {
      const all = await Promise.all(
        callers.all().map(async (caller) => {
          const lines = linesSince(caller);
          const copies = copiesOf(since.get(caller)?.counters ?? new Map(), await caller.counters(), lines);
          return [...lines.map(lineOf), ...copies];
        }),
      );
      return all.flat();
    },
    metrics: async () => '',
    async close() {
      await callers.close();
      await Promise.all(pods.map(({ backend }) => backend?.close()));
    },
  };
}

interface Mark {
  readonly lines: number;
  readonly counters: ReadonlyMap<string, number>;
}

/** Not the kubelet's, which leaves its pods alone; without a node a pod would be no endpoint. */
const NODE: KubeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'elsewhere' } };

const MARKER = 'marker.test';

const lineOf = ({ id, route, cluster, pod, code, flags, attempts }: AccessLine): LogLine => ({
  requestId: id,
  route,
  cluster: cluster === '' ? undefined : cluster,
  pod: pod === '' ? undefined : pod,
  code,
  flags: flags === '' ? '-' : flags,
  attempts,
  mirror: false,
});

const podOf = (name: string, version: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NAMESPACE, labels: { app: 'app', version } },
  spec: {
    nodeName: NODE.metadata.name,
    containers: [{ name: 'app', image: 'app', ports: [{ name: 'http', containerPort: PORT }] }],
  },
});

const statusOf = (address: string, isReady: boolean) => ({
  phase: 'Running',
  podIP: address,
  podIPs: [{ ip: address }],
  conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
});

const sameSet = (some: readonly string[], others: readonly string[]): boolean =>
  JSON.stringify([...some].sort()) === JSON.stringify([...others].sort());

const bodyAt = ({ host, port }: Address): Promise<string | undefined> =>
  new Promise((resolve) => {
    const asked = request({ host, port, headers: { host: MARKER }, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => resolve(text));
      answer.on('error', () => resolve(undefined));
    });
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
