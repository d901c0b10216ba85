// The test cluster itself: what every other test here rests on.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ContainerStatus, Pod } from '../../src/api/kubernetes.ts';
import { waitFor } from '../support/wait.ts';
import { subsetOf } from './access-log.ts';
import { CHECKOUT, checkoutObjects, deployCheckout } from './checkout.ts';
import { startTestCluster, type TestCluster } from './cluster.ts';
import { startTraffic } from './traffic.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster({ cwd: CHECKOUT.folder, namespace: CHECKOUT.namespace });
  await deployCheckout(cluster);
});
afterAll(async () => {
  await cluster?.stop();
});

async function podsOf(version: string): Promise<readonly Pod[]> {
  const text = await cluster.kubernetes.kubectl('get', 'pods', '-n', 'shop', '-l', `version=${version}`, '-o', 'json');
  return (JSON.parse(text) as { readonly items: readonly Pod[] }).items;
}

/** A Deployment of one pod that answers nobody, with something about it that is to be seen. */
async function deploy(name: string, container: object, pod: object = {}): Promise<void> {
  const labels = { app: name, version: name };
  const containers = [{ name: 'app', image: 'example.com/app:1', command: ['sleep', '1000'], ...container }];
  const template = { metadata: { labels }, spec: { containers, ...pod } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  await cluster.kubernetes.apply([
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'shop' }, spec },
  ]);
}

const statusOf = ({ status }: Pod): ContainerStatus | undefined => status?.containerStatuses?.[0];

const pod = <Seen>(version: string, what: string, look: (pod: Pod) => Seen | undefined | false): Promise<Seen> =>
  waitFor(`${version}: ${what}`, async () => {
    for (const one of await podsOf(version)) {
      const seen = look(one);
      if (seen !== undefined && seen !== false) return seen;
    }
    return undefined;
  });

it('sends users to stable, 50 requests a second, without a failure', async () => {
  const traffic = await startTraffic({ cluster, host: CHECKOUT.host });
  await traffic.more(200);
  const told = await traffic.stop();
  expect(traffic.failed()).toEqual([]);
  expect(new Set(told.map(({ line }) => line && subsetOf(line)))).toEqual(new Set(['v1']));
});

it('counts in Prometheus what pods, gateway and kubelet count', async () => {
  const ask = async (query: string) => {
    const answer = await fetch(`${cluster.prometheusUrl}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    return Number(data.result[0]?.value[1] ?? 0);
  };
  const requests = 'sum(http_requests_total{version="v1", namespace="shop"})';
  const answers =
    'envoy_cluster_upstream_rq{proxy="gateway", cluster_name="outbound|80|v1|checkout-service.shop.svc.cluster.local", response_code="200"}';
  const limits = 'count(kube_pod_container_resource_limits{pod=~"checkout-service-v2.*", resource="cpu"})';
  await waitFor(requests, async () => (await ask(requests)) >= 200);
  await waitFor(answers, async () => (await ask(answers)) >= 200);
  await waitFor(limits, async () => (await ask(limits)) === 2);
});

it('restarts stable at 50 requests a second without a failure, since its pods wait before they close', async () => {
  const before = (await podsOf('v1')).map(({ metadata }) => metadata.name);
  const traffic = await startTraffic({ cluster, host: CHECKOUT.host });
  await traffic.more(50);
  await cluster.kubernetes.kubectl('rollout', 'restart', '-n', 'shop', 'deployment/checkout-service-v1');
  await cluster.kubernetes.kubectl('rollout', 'status', '-n', 'shop', 'deployment/checkout-service-v1');
  await waitFor(
    'the old pods to go',
    async () => !(await podsOf('v1')).some(({ metadata }) => before.includes(metadata.name)),
  );
  await traffic.more(50);
  await traffic.stop();
  expect(traffic.failed()).toEqual([]);
});

it('says of a container that crashes how it ended, and what it said last', async () => {
  await deploy('crashing', { command: ['sh', '-c', 'echo no database; exit 3'] });
  const status = await pod(
    'crashing',
    'CrashLoopBackOff',
    (found) => statusOf(found)?.state?.waiting?.reason === 'CrashLoopBackOff' && statusOf(found),
  );
  expect(status.lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error', message: 'no database' });
  await pod('crashing', 'restarts', (found) => (statusOf(found)?.restartCount ?? 0) >= 2);
  await cluster.kubernetes.kubectl('delete', 'deployment', 'crashing', '-n', 'shop');
});

it('kills a container that uses more memory than its limit, and says OOMKilled', async () => {
  const grow = 'const all = []; setInterval(() => all.push(Buffer.alloc(20_000_000, 1)), 50)';
  await deploy('greedy', { command: ['node', '-e', grow], resources: { limits: { memory: '100Mi' } } });
  const last = await pod('greedy', 'OOMKilled', (found) => {
    const one = statusOf(found);
    const terminated = one?.state?.terminated ?? one?.lastState?.terminated;
    return terminated?.reason === 'OOMKilled' && terminated;
  });
  expect(last).toMatchObject({ exitCode: 137 });
  await cluster.kubernetes.kubectl('delete', 'deployment', 'greedy', '-n', 'shop');
});

it('says of an image that nobody has, and of a pod that fits nowhere, what a cluster would say', async () => {
  await deploy('imageless', { image: 'registry.example.com/missing:1' });
  const waiting = await pod(
    'imageless',
    'ImagePullBackOff',
    (found) => statusOf(found)?.state?.waiting?.reason === 'ImagePullBackOff' && statusOf(found)?.state?.waiting,
  );
  expect(waiting.message).toContain('not found');
  await deploy('homeless', {}, { nodeSelector: { disk: 'golden' } });
  const condition = await pod('homeless', 'PodScheduled', ({ status: { conditions = [] } = {} }) =>
    conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False'),
  );
  expect(condition).toMatchObject({ reason: 'Unschedulable' });
});

it('ends a pod as a node does: preStop, then SIGTERM, then after the grace period SIGKILL', async () => {
  const stubborn = "trap 'echo told' TERM; while true; do sleep 0.1; done";
  const preStop = { exec: { command: ['sh', '-c', 'echo before'] } };
  await deploy(
    'stubborn',
    { command: ['sh', '-c', stubborn], lifecycle: { preStop } },
    { terminationGracePeriodSeconds: 2 },
  );
  await pod('stubborn', 'running', (found) => statusOf(found)?.state?.running);
  const began = performance.now();
  await cluster.kubernetes.kubectl('delete', 'deployment', 'stubborn', '-n', 'shop');
  await waitFor('the pod to go', async () => (await podsOf('stubborn')).length === 0);
  expect(performance.now() - began).toBeGreaterThan(1900);
});

it('has all that examples/checkout applies to a cluster', () => {
  const kinds = checkoutObjects()
    .map(({ kind }) => kind)
    .sort();
  expect(kinds).toEqual(['Deployment', 'Deployment', 'DestinationRule', 'Gateway', 'Service', 'VirtualService']);
});
