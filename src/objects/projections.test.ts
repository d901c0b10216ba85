import { describe, expect, it } from 'vitest';
import { contentHashOf } from '../api/config-content.ts';
import type { Deployment, Pod } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import { podFactsOf } from '../controller/compared/pods.ts';
import { restartsOf } from '../controller/compared/restarts.ts';
import { troubleOf } from '../controller/pod-trouble.ts';
import { hasRunningContainer, isReady } from '../controller/versions.ts';
import { targetsOfPods } from '../metrics/scrape/targets.ts';
import { PROJECTIONS } from './projections.ts';

const trimmed = (object: KubeObject): KubeObject => {
  const keep = PROJECTIONS[object.kind];
  if (keep === undefined) throw new Error(`${object.kind} is kept whole`);
  return keep(object);
};

const running: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'checkout-7d9c5b8f6c-abcde',
    namespace: 'prod',
    uid: 'u1',
    resourceVersion: '7',
    creationTimestamp: '2026-11-21T09:30:15Z',
    labels: { app: 'checkout', 'pod-template-hash': '7d9c5b8f6c' },
    annotations: {
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '9090',
      'sidecar.istio.io/status': JSON.stringify({ initContainers: ['istio-init'], note: 'x'.repeat(500) }),
      'kubectl.kubernetes.io/last-applied-configuration': 'y'.repeat(5_000),
    },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'checkout-7d9c5b8f6c',
        uid: 'u2',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  },
  spec: {
    containers: [
      {
        name: 'app',
        image: 'checkout:1',
        env: [{ name: 'PASSWORD', value: 'secret' }],
        ports: [{ containerPort: 9090, name: 'metrics', hostPort: 31_000, protocol: 'TCP' }],
      },
    ],
    volumes: [{ name: 'x' }],
  },
  status: {
    phase: 'Running',
    podIP: '10.0.0.1',
    conditions: [
      { type: 'Initialized', status: 'True' },
      { type: 'Ready', status: 'True', lastTransitionTime: '2026-11-21T09:30:20Z', message: 'all is well' },
    ],
    containerStatuses: [
      {
        name: 'app',
        ready: true,
        restartCount: 0,
        state: { running: { startedAt: '2026-11-21T09:30:17Z' } },
        imageID: 'x',
      },
    ],
  },
};

const withStatus = (status: object): Pod => ({ ...running, status: { ...running.status, ...status } }) as Pod;
const unready = {
  type: 'Ready',
  status: 'False',
  reason: 'ContainersNotReady',
  message: 'containers with unready status',
};

const pods: Readonly<Record<string, Pod>> = {
  'is well': running,
  'has no status': (({ status: _, ...rest }) => rest)(running) as Pod,
  'is on its way out': { ...running, metadata: { ...running.metadata, deletionTimestamp: '2026-11-21T09:31:00Z' } },
  'finds no node': withStatus({
    phase: 'Pending',
    containerStatuses: undefined,
    conditions: [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' },
    ],
  }),
  'gets no image': withStatus({
    conditions: [unready],
    containerStatuses: [{ name: 'app', state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } }],
  }),
  'crashes on and on': withStatus({
    conditions: [unready],
    containerStatuses: [
      {
        name: 'app',
        restartCount: 5,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
        lastState: { terminated: { exitCode: 2, reason: 'Error', message: 'cannot open the door' } },
      },
    ],
  }),
  'runs out of memory': withStatus({
    conditions: [unready],
    containerStatuses: [
      {
        name: 'app',
        restartCount: 3,
        state: { running: { startedAt: '2026-11-21T09:32:00Z' } },
        lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-11-21T09:31:59Z' } },
      },
    ],
  }),
  'has begun anew': withStatus({
    containerStatuses: [
      {
        name: 'app',
        restartCount: 1,
        state: { running: { startedAt: '2026-11-21T09:32:00Z' } },
        lastState: {
          terminated: { exitCode: 1, startedAt: '2026-11-21T09:30:16Z', finishedAt: '2026-11-21T09:31:59Z' },
        },
      },
    ],
  }),
  'was evicted': withStatus({
    phase: 'Failed',
    containerStatuses: [{ name: 'app', state: { terminated: { exitCode: 137, finishedAt: '2026-11-21T09:31:59Z' } } }],
  }),
  'has an init container that fails': withStatus({
    conditions: [unready],
    initContainerStatuses: [
      {
        name: 'prepare',
        restartCount: 4,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1 } },
      },
    ],
  }),
  'runs and is not ready': withStatus({ conditions: [unready] }),
};

const deployment = {
  metadata: { name: 'checkout', namespace: 'prod' },
  spec: { selector: { matchLabels: { app: 'checkout' } }, template: {} },
} as unknown as Deployment;
const versions = { canary: { deployment, configs: [] }, stable: { configs: [] } };

describe('what a cached view keeps', () => {
  it.each(Object.entries(pods))('of a pod that %s says to Serin what the whole pod says', (_, pod) => {
    const kept = trimmed(pod) as Pod;
    const options = { intervalMs: 1_000, timeoutMs: 500 };
    expect(troubleOf(kept)).toEqual(troubleOf(pod));
    expect(isReady(kept)).toBe(isReady(pod));
    expect(hasRunningContainer(kept)).toBe(hasRunningContainer(pod));
    expect(podFactsOf(versions, [kept], undefined, true)).toEqual(podFactsOf(versions, [pod], undefined, true));
    expect(restartsOf(versions, [kept])).toEqual(restartsOf(versions, [pod]));
    expect(targetsOfPods([kept], options)).toEqual(targetsOfPods([pod], options));
    expect(trimmed(kept)).toEqual(kept);
  });

  it('of a pod is neither its settings nor other people’s annotations', () => {
    const kept = JSON.stringify(trimmed(running));
    expect(kept).not.toMatch(/secret|last-applied|checkout:1/);
    expect(kept.length).toBeLessThan(1_500);
    expect(trimmed(running).metadata.annotations).toHaveProperty(['sidecar.istio.io/status']);
    expect(trimmed(running).metadata.ownerReferences?.[0]).toMatchObject({ uid: 'u2', controller: true });
  });

  it.each(['ConfigMap', 'Secret'])('of a %s tells that its content changed, and nothing of the content', (kind) => {
    const config = (data: Record<string, string>): KubeObject => ({
      apiVersion: 'v1',
      kind,
      metadata: {
        name: 'x',
        namespace: 'prod',
        uid: 'u',
        resourceVersion: '1',
        annotations: { long: 'x'.repeat(1_000) },
      },
      data,
    });
    const [a, b] = [config({ password: 'Z2VoZWlt' }), config({ password: 'YW5kZXJz' })];
    expect(JSON.stringify(trimmed(a))).not.toContain('Z2VoZWlt');
    expect(JSON.stringify(trimmed(a)).length).toBeLessThan(200);
    expect(contentHashOf(trimmed(a))).toBe(contentHashOf(a));
    expect(contentHashOf(trimmed(a))).not.toBe(contentHashOf(trimmed(b)));
  });
});
