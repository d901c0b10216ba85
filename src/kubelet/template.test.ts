import { describe, expect, it } from 'vitest';
import { validate } from '../api/kinds.ts';
import type { Deployment } from '../api/kubernetes.ts';
import { seededRandom } from '../lib/random.ts';
import { podFor, podSuffix, templateHash } from './template.ts';

const deployment: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'checkout-service-v2', namespace: 'prod', uid: 'uid-1' },
  spec: {
    selector: {},
    template: {
      metadata: { labels: { app: 'checkout', version: 'v2' }, annotations: { 'prometheus.io/port': '9090' } },
      spec: {
        containers: [
          { name: 'app', command: ['x'], ports: [{ containerPort: 8080 }, { containerPort: 9090, name: 'metrics' }] },
        ],
      },
    },
  },
};

describe('a pod made from a template', () => {
  it('is named, labelled, owned and placed as on Kubernetes', () => {
    const hash = templateHash(deployment.spec.template);
    const pod = podFor(deployment, { hash, suffix: podSuffix(seededRandom(1)), ports: [20001, 20002] });
    expect(pod.metadata.name).toMatch(
      /^checkout-service-v2-[bcdfghjklmnpqrstvwxz2456789]{10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/,
    );
    expect(pod.metadata).toMatchObject({
      namespace: 'prod',
      labels: { app: 'checkout', version: 'v2', 'pod-template-hash': hash },
      annotations: { 'prometheus.io/port': '9090' },
      ownerReferences: [{ kind: 'Deployment', name: 'checkout-service-v2', uid: 'uid-1', controller: true }],
    });
    expect(pod.spec.containers[0]?.ports).toEqual([
      { containerPort: 8080, hostPort: 20001 },
      { containerPort: 9090, name: 'metrics', hostPort: 20002 },
    ]);
    expect(pod.status?.podIP).toBe('127.0.0.1');
    expect(validate(pod)).toEqual([]);
  });

  it('has a hash that depends on what the template says, not on the order in which it says it', () => {
    const { template } = deployment.spec;
    const turned = { spec: { ...template.spec }, metadata: { ...template.metadata } };
    expect(templateHash(turned)).toBe(templateHash(template));
    expect(templateHash({ ...template, metadata: {} })).not.toBe(templateHash(template));
    const [container] = template.spec.containers;
    const args = [
      ['a', 'b'],
      ['b', 'a'],
    ].map((list) => ({ spec: { containers: [{ ...container!, args: list }] } }));
    expect(templateHash(args[0]!)).not.toBe(templateHash(args[1]!));
  });
});
