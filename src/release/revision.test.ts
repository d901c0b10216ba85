import { describe, expect, it } from 'vitest';
import { contentHashOf, hashedConfig } from '../api/config-content.ts';
import type { Deployment } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import { type ConfigFingerprint, configRefs, revisionOf } from './revision.ts';

const SPEC = {
  initContainers: [{ name: 'migrate', envFrom: [{ secretRef: { name: 'database' } }] }],
  containers: [
    {
      name: 'app',
      envFrom: [{ configMapRef: { name: 'settings' } }],
      env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'api-key', key: 'key' } } }],
    },
  ],
  volumes: [
    { name: 'rules', configMap: { name: 'rules' } },
    { name: 'tls', secret: { secretName: 'tls' } },
    { name: 'both', projected: { sources: [{ configMap: { name: 'banner' } }, { secret: { name: 'token' } }] } },
    { name: 'scratch', emptyDir: {} },
  ],
};

const deployment = (annotations: Readonly<Record<string, string>> = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'checkout-v2', namespace: 'prod' },
  spec: { selector: {}, template: { metadata: { annotations }, spec: SPEC } },
});

const config = (content: object): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'rules', namespace: 'prod' }, ...content }) as KubeObject;

const taken = (object: KubeObject): ConfigFingerprint => ({
  kind: 'ConfigMap',
  name: object.metadata.name,
  hash: contentHashOf(object),
});

describe("a version's revision", () => {
  it('rests on every ConfigMap and Secret of its containers, those that run first, and its volumes', () => {
    const names = configRefs(deployment().spec.template).map(({ kind, name }) => `${kind}/${name}`);
    expect(names.sort()).toEqual([
      'ConfigMap/banner',
      'ConfigMap/rules',
      'ConfigMap/settings',
      'Secret/api-key',
      'Secret/database',
      'Secret/tls',
      'Secret/token',
    ]);
  });

  it('changes with what they hold, text or bytes', () => {
    const contents = [{}, { data: { a: '1' } }, { data: { a: '2' } }, { binaryData: { a: '1' } }];
    const revisions = contents.map((content) => revisionOf(deployment(), [taken(config(content))]));
    expect(new Set(revisions).size).toBe(contents.length);
  });

  it('is the same when only a fingerprint of them was kept', () => {
    const full = config({ data: { a: '1' }, binaryData: { b: 'AA==' } });
    const kept = hashedConfig(full);
    expect(kept).not.toHaveProperty('data');
    expect(revisionOf(deployment(), [taken(kept)])).toBe(revisionOf(deployment(), [taken(full)]));
  });

  it('does not change when its pods are only restarted', () => {
    const restarted = deployment({ 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' });
    expect(revisionOf(restarted, [])).toBe(revisionOf(deployment(), []));
  });
});
