import { describe, expect, it } from 'vitest';
import type { Deployment, Pod } from '../../api/kubernetes.ts';
import { restartsOf } from './restarts.ts';

const version = (name: string) => ({
  deployment: {
    metadata: { name: `checkout-${name}`, namespace: 'prod' },
    spec: { selector: { matchLabels: { version: name } } },
  } as unknown as Deployment,
  configs: [],
});

const pod = (name: string, labels: object, status: object): Pod =>
  ({ kind: 'Pod', metadata: { name, namespace: 'prod', labels }, status }) as unknown as Pod;

const containers = (...counts: readonly number[]) => counts.map((restartCount) => ({ name: 'app', restartCount }));

describe('how often containers began anew', () => {
  const versions = { canary: version('v2'), stable: version('v1') };
  const V2 = { version: 'v2' };

  it('is the sum over all containers of the pods that are there', () => {
    const pods = [
      pod('a', V2, { containerStatuses: containers(3, 1), initContainerStatuses: containers(2) }),
      pod('b', V2, { containerStatuses: containers(4) }),
      pod('c', V2, {}),
      pod('d', { version: 'v1' }, { containerStatuses: containers(5) }),
    ];
    expect(restartsOf(versions, pods)).toEqual({
      canary: { restarts: 10, pods: 3 },
      stable: { restarts: 5, pods: 1 },
    });
  });

  it('leaves out pods that were evicted, and is nothing without a Deployment', () => {
    const pods = [pod('a', V2, { phase: 'Failed', containerStatuses: containers(3) })];
    expect(restartsOf(versions, pods).canary).toEqual({ restarts: 0, pods: 0 });
    expect(restartsOf({ ...versions, canary: { configs: [] } }, pods).canary).toEqual({ restarts: 0, pods: 0 });
  });
});
