// Pods as a real cluster makes, refuses and ends them: quotas, autoscalers, kills for memory, images, probes; counts by Envoy.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HorizontalPodAutoscaler } from '../../src/api/cluster-kinds.ts';
import type { KubeObject, ObjectRef } from '../../src/api/object.ts';
import type { Release } from '../../src/api/release.ts';
import type { Deps } from '../../src/controller/deps.ts';
import { statusOf } from '../../src/controller/status-of.ts';
import { takeTurn } from '../../src/controller/turn.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type PrometheusSource, prometheusSource } from '../../src/metrics/prometheus/source.ts';
import { connectKubernetes, type KubernetesConnection } from '../../src/objects/kubernetes/connect.ts';
import { ObjectsError } from '../../src/objects/objects.ts';
import type { ReleaseStatus } from '../../src/release/status.ts';
import { subsetOf } from './access-log.ts';
import { CHECKOUT, checkoutObjects, deployCheckout } from './checkout.ts';
import { startTestCluster, type TestCluster } from './cluster.ts';
import { startTraffic } from './traffic.ts';

const { namespace } = CHECKOUT;
const REF: ObjectRef = { kind: 'Release', namespace, name: 'capacity' };
const SETTINGS = { scrapeIntervalMs: 1000, propagationMs: 3000, graceMs: 8000, drainLimitMs: 30_000, tickMs: 250 };

let cluster: TestCluster;
let connection: KubernetesConnection;
let metrics: PrometheusSource;
beforeAll(async () => {
  cluster = await startTestCluster({ cwd: CHECKOUT.folder, namespace });
  await deployCheckout(cluster);
  const connected = await connectKubernetes({ env: cluster.kubernetes.env, clock: systemClock });
  if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
  connection = connected.value;
  const settings = { addresses: [cluster.prometheusUrl], scrapeInterval: '1s' };
  metrics = prometheusSource({ settings, clock: systemClock });
});
afterAll(async () => {
  await metrics?.close();
  await connection?.close();
  await cluster?.stop();
});

/** The last status; `each` sees every one before its turn. */
async function drive(each: (status: ReleaseStatus) => Promise<void> | void = () => {}): Promise<ReleaseStatus> {
  const deps: Deps = { objects: connection.objects, metrics, clock: systemClock, settings: SETTINGS };
  const until = systemClock.now() + 200_000;
  while (systemClock.now() < until) {
    const release = (await connection.objects.get(REF)) as Release | undefined;
    if (release === undefined) throw new Error('the release is gone');
    await each(statusOf(release));
    try {
      const next = await takeTurn(REF, deps);
      if (next === 'never') return statusOf((await connection.objects.get(REF)) as Release);
      if (next !== 'again') await systemClock.sleep(SETTINGS.tickMs);
    } catch (error) {
      if (!(error instanceof ObjectsError)) throw error;
      await systemClock.sleep(SETTINGS.tickMs);
    }
  }
  throw new Error('the release has not ended');
}

const release = (spec: object): KubeObject => ({
  apiVersion: 'serin.dev/v1alpha1',
  kind: 'Release',
  metadata: { name: REF.name, namespace },
  spec: { service: 'checkout-service', canary: { deployment: 'checkout-service-v2' }, deadline: '10m', ...spec },
});

/** Of the canary as its file has it, with another container or size. */
function canary(replicas: number, container: object = {}, pod: object = {}): KubeObject {
  const found = checkoutObjects().find(({ metadata }) => metadata.name === 'checkout-service-v2');
  const object = structuredClone(found) as unknown as {
    spec: { replicas: number; template: { spec: { containers: object[] } } };
  };
  object.spec.replicas = replicas;
  const { spec } = object.spec.template;
  object.spec.template.spec = { ...spec, ...pod, containers: spec.containers.map((one) => ({ ...one, ...container })) };
  return object as unknown as KubeObject;
}

const autoscaler = (version: string): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: version, namespace },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `checkout-service-${version}` },
    minReplicas: 1,
    maxReplicas: 5,
  },
});

const autoscalers = async () => {
  const { items } = await connection.objects.list('HorizontalPodAutoscaler', namespace);
  return (items as readonly HorizontalPodAutoscaler[]).map(({ metadata, spec }) => ({
    notes: Object.keys(metadata.annotations ?? {}).filter((name) => name.startsWith('serin.dev/')),
    spec,
  }));
};

it('holds for a quota in the words of the API server, goes on without it, drains, and gives autoscalers their floors back', async () => {
  const { kubernetes } = cluster;
  // Long requests, and pods that end without waiting for any: only a whole drain keeps users from losing theirs.
  const slow = {
    env: [
      { name: 'SERVICE_VERSION', value: 'v2' },
      { name: 'LATENCY', value: '400ms-500ms' },
    ],
  };
  const abrupt = { terminationGracePeriodSeconds: 0 };
  await kubernetes.apply([canary(1, slow, abrupt), autoscaler('v1'), autoscaler('v2')]);
  await kubernetes.kubectl('rollout', 'status', '-n', namespace, 'deployment/checkout-service-v2');
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'pods', namespace } };
  await kubernetes.apply([{ ...quota, spec: { hard: { pods: '4' } } }]);
  const before = await autoscalers();
  // Not 503: copies beyond the pool that Serin sets for them are refused so by the caller's proxy, on a slow machine too.
  const rate = (more: string) => `sum(rate(envoy_cluster_upstream_rq{$canary,${more}}[10s]))`;
  const plan = [
    { baseline: { for: '2s' } },
    { mirror: { traffic: '100%', methods: 'all', for: '4s' } },
    { shift: { traffic: '50%', for: '4s' } },
  ];
  const traffic = await startTraffic({ cluster, host: CHECKOUT.host });
  await kubernetes.apply([
    release({
      metrics: { profile: 'envoy' },
      plan,
      minRequests: 100,
      minReplicas: 3,
      gates: { errors: { promql: `${rate('response_code="500"')} / ${rate('response_code!=""')} > 0.02` } },
    }),
  ]);
  let held: string | undefined;
  let pinned: unknown;
  const end = await drive(async (status) => {
    if (status.holding?.reason === 'QuotaExceeded' && held === undefined) {
      held = status.holding.message;
      await kubernetes.kubectl('delete', 'resourcequota', 'pods', '-n', namespace);
    }
    const isLive = status.step?.index === 2 && status.step.arrivedAt !== undefined;
    if (!isLive || pinned !== undefined) return;
    pinned = (await autoscalers()).map(({ spec, notes }) => [spec.minReplicas, notes.length]);
    await kubernetes.kubectl(
      'patch',
      'release',
      REF.name,
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"spec":{"aborted":true}}',
    );
  });
  const told = await traffic.stop();
  expect(end.rollBack?.message).toBe('abort was asked for');
  expect(held).toMatch(/0? ?.* of 3 canary pods ready: .*exceeded quota: pods, requested: pods=1/);
  expect(pinned).toEqual([
    [2, 3],
    [3, 3],
  ]);
  expect(end.steps?.filter(({ confirmedAt }) => confirmedAt !== undefined)).toHaveLength(3);
  expect(end.conditions?.find(({ type }) => type === 'ScaleDownWithheld')).toBeUndefined();
  expect(await autoscalers()).toEqual(before);
  // Users have been on the canary, and none of them was failed.
  expect(new Set(told.map(({ line }) => line && subsetOf(line)))).toEqual(new Set(['v1', 'v2']));
  expect(traffic.failed()).toEqual([]);
  await kubernetes.kubectl('delete', 'hpa', '--all', '-n', namespace);
  await kubernetes.kubectl('delete', 'release', REF.name, '-n', namespace);
});

const grow = 'const all = []; setInterval(() => all.push(Buffer.alloc(20_000_000, 1)), 50)';
const nowhere = { path: '/nowhere', port: 'metrics' };

it.each([
  [
    'OOMKilled',
    'kills for memory',
    {
      command: ['node', '-e', grow],
      resources: { limits: { memory: '100Mi' } },
      readinessProbe: undefined,
      livenessProbe: undefined,
    },
    /restarted \d+ times, last exit code 137 \(OOMKilled\)/,
  ],
  ['ImagePullFailed', 'an image that nobody has', { image: 'registry.example.com/missing:1' }, /not found/],
  [
    'Unready',
    'a probe that fails',
    { readinessProbe: { httpGet: nowhere, periodSeconds: 1 } },
    /runs and is not ready/,
  ],
  [
    'CrashLoop',
    'a crash at every start',
    { command: ['sh', '-c', 'echo no database; exit 3'], readinessProbe: undefined, livenessProbe: undefined },
    /last exit code 3 \(Error\): no database/,
  ],
])('rolls back as %s for %s, in the words of the cluster', async (reason, _what, container, words) => {
  const { kubernetes } = cluster;
  await kubernetes.apply([canary(0, container)]);
  await kubernetes.apply([release({ plan: [{ baseline: { for: '1s' } }, { shift: { traffic: '50%', for: '10s' } }] })]);
  const end = await drive();
  expect(end).toMatchObject({ phase: 'RolledBack', rollBack: { outcome: 'rolledBack', reason } });
  expect(end.rollBack?.message).toMatch(words);
  await kubernetes.kubectl('delete', 'release', REF.name, '-n', namespace);
});
