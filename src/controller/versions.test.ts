import { describe, expect, it } from 'vitest';
import type { Deployment, Pod } from '../api/kubernetes.ts';
import { podsOf } from './versions.ts';

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
