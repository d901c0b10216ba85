import { describe, expect, it } from 'vitest';
import type { Deployment, Pod } from '../api/kubernetes.ts';
import { podsOf, versionState } from './versions.ts';

const pod = (name: string, namespace: string, labels: Readonly<Record<string, string>>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels },
  spec: { containers: [{ name: 'app' }] },
});

function namesOf(selector: Deployment['spec']['selector']): readonly string[] {
  const deployment = {
    metadata: { name: 'checkout', namespace: 'prod' },
    kind: 'Deployment',
    spec: { selector },
  } as unknown as Deployment;
  const pods = [
    pod('v1', 'prod', { app: 'checkout', version: 'v1' }),
    pod('v2', 'prod', { app: 'checkout', version: 'v2', canary: '' }),
    pod('v2-elsewhere', 'test', { app: 'checkout', version: 'v2', canary: '' }),
    pod('other', 'prod', { version: 'v2' }),
  ];
  return podsOf(deployment, pods).map(({ metadata }) => metadata.name);
}

describe("a version's pods", () => {
  it('are those in its namespace that both parts of its selector pick', () => {
    const matchLabels = { app: 'checkout' };
    const version = { key: 'version', values: ['v2', 'v3'] };
    expect(namesOf({ matchLabels })).toEqual(['v1', 'v2']);
    expect(namesOf({ matchLabels, matchExpressions: [{ ...version, operator: 'In' }] })).toEqual(['v2']);
    expect(namesOf({ matchLabels, matchExpressions: [{ ...version, operator: 'NotIn' }] })).toEqual(['v1']);
    expect(namesOf({ matchExpressions: [{ key: 'app', operator: 'Exists' }] })).toEqual(['v1', 'v2']);
    expect(namesOf({ matchLabels, matchExpressions: [{ key: 'canary', operator: 'DoesNotExist' }] })).toEqual(['v1']);
  });
});

describe("a version's state", () => {
  const template = (more: object = {}) => ({ spec: { containers: [{ name: 'app', ...more }] } });
  const deployment = (status: object | undefined, of: object = template()): Deployment =>
    ({
      kind: 'Deployment',
      metadata: { name: 'checkout-v2', namespace: 'prod', generation: 3 },
      spec: { replicas: 2, selector: { matchLabels: { app: 'checkout' } }, template: of },
      ...(status === undefined ? {} : { status }),
    }) as unknown as Deployment;
  const looping = (hash: string, second: number): Pod =>
    ({
      ...pod(`v2-${hash}`, 'prod', { app: 'checkout', 'pod-template-hash': hash }),
      metadata: {
        name: `v2-${hash}`,
        namespace: 'prod',
        labels: { app: 'checkout', 'pod-template-hash': hash },
        creationTimestamp: `2026-01-01T00:00:0${second}Z`,
      },
      status: {
        containerStatuses: [{ name: 'app', restartCount: 5, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
      },
    }) as unknown as Pod;
  const stateOf = (status: object | undefined, pods: readonly Pod[] = []) =>
    versionState({ deployment: deployment(status), configs: [] }, pods);

  it('rolls out until all of its pods are of the template that its Deployment has now', () => {
    expect(stateOf(undefined).rollsOut).toBeUndefined();
    expect(stateOf({ observedGeneration: 3, replicas: 2, updatedReplicas: 2 }).rollsOut).toBeUndefined();
    expect(stateOf({ observedGeneration: 3, replicas: 3, updatedReplicas: 1 }).rollsOut).toBe(true);
    expect(stateOf({ observedGeneration: 2, replicas: 2, updatedReplicas: 2 }).rollsOut).toBe(true);
  });

  it('has the troubles of its new pods, not of those that are about to go', () => {
    const [older, newer] = [looping('old', 1), looping('new', 2)];
    const half = { observedGeneration: 3, replicas: 3, updatedReplicas: 1 };
    expect(stateOf(half, [older, newer]).trouble?.message).toMatch(/^v2-new/);
    expect(stateOf({ ...half, updatedReplicas: 0 }, [older]).trouble).toBeUndefined();
    expect(stateOf({ ...half, observedGeneration: 2 }, [older]).trouble).toBeUndefined();
    expect(stateOf({ ...half, updatedReplicas: 3 }, [older]).trouble?.reason).toBe('CrashLoop');
  });

  it('knows how long its probes let a pod start', () => {
    const startupProbe = { httpGet: { port: 80 }, periodSeconds: 5, failureThreshold: 30, initialDelaySeconds: 10 };
    const startupOf = (more: object) =>
      versionState({ deployment: deployment(undefined, template(more)), configs: [] }, []).startupMs;
    expect(startupOf({})).toBe(0);
    expect(startupOf({ startupProbe })).toBe(160_000);
    expect(startupOf({ startupProbe: { httpGet: { port: 80 } } })).toBe(30_000);
    expect(startupOf({ readinessProbe: { httpGet: { port: 80 }, initialDelaySeconds: 20 } })).toBe(20_000);
  });
});
