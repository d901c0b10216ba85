import { describe, expect, it } from 'vitest';
import type { Pod } from '../../api/kubernetes.ts';
import { targetsOfPods } from './targets.ts';

const pace = { intervalMs: 1000, timeoutMs: 900 };

interface Change {
  readonly metadata?: Partial<Pod['metadata']>;
  readonly ports?: Pod['spec']['containers'][number]['ports'];
  readonly status?: Pod['status'];
}

const pod = ({ metadata = {}, ports, status }: Change = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'checkout-v2-abc',
    namespace: 'prod',
    labels: { app: 'checkout', version: 'v2', 'app.kubernetes.io/part-of': 'shop', '3d': 'no' },
    annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9090', 'prometheus.io/path': '/stats' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout-v2', uid: 'u', controller: true }],
    ...metadata,
  },
  spec: {
    containers: [
      {
        name: 'main',
        ports: ports ?? [
          { containerPort: 8080, hostPort: 31_000 },
          { containerPort: 9090, hostPort: 31_001 },
        ],
      },
    ],
  },
  status: status ?? {
    podIP: '127.0.0.1',
    containerStatuses: [{ name: 'main', state: { running: { startedAt: '2026-01-01T00:00:00Z' } } }],
  },
});

const only = (change?: Change) => targetsOfPods([pod(change)], pace).targets[0];

describe('a pod', () => {
  it('that asks to be scraped is a target at the real port behind its container port, under its labels', () => {
    expect(targetsOfPods([pod()], pace)).toEqual({
      problems: [],
      targets: [
        {
          url: 'http://127.0.0.1:31001/stats',
          labels: {
            app: 'checkout',
            version: 'v2',
            app_kubernetes_io_part_of: 'shop',
            _3d: 'no',
            job: 'prod/checkout-v2',
            instance: '127.0.0.1:31001',
            namespace: 'prod',
            pod: 'checkout-v2-abc',
          },
          ...pace,
        },
      ],
    });
  });

  it('is none when it does not ask, has no running container, or no local port yet', () => {
    const annotations = { 'prometheus.io/scrape': 'false' };
    const waiting = { podIP: '127.0.0.1', containerStatuses: [{ name: 'main', state: { waiting: {} } }] };
    const nothing = { targets: [], problems: [] };
    expect(targetsOfPods([pod({ metadata: { annotations } })], pace)).toEqual(nothing);
    expect(targetsOfPods([pod({ metadata: { annotations: {} } })], pace)).toEqual(nothing);
    expect(targetsOfPods([pod({ status: waiting })], pace)).toEqual(nothing);
    expect(targetsOfPods([pod({ status: {} })], pace)).toEqual(nothing);
    expect(targetsOfPods([pod({ ports: [{ containerPort: 9090 }] })], pace)).toEqual(nothing);
  });

  it('without a port annotation is scraped at its port named metrics, or at its only one', () => {
    const annotations = { 'prometheus.io/scrape': 'true' };
    const two = [
      { containerPort: 1, hostPort: 31_000 },
      { containerPort: 2, hostPort: 31_001, name: 'metrics' },
    ];
    expect(only({ metadata: { annotations }, ports: two })?.url).toBe('http://127.0.0.1:31001/metrics');
    expect(only({ metadata: { annotations }, ports: two.slice(0, 1) })?.url).toBe('http://127.0.0.1:31000/metrics');
  });

  it('that asks at a port no container has is a problem that names the annotation and the ports', () => {
    const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9091' };
    const { targets, problems } = targetsOfPods([pod({ metadata: { annotations } })], pace);
    expect(targets).toEqual([]);
    expect(problems).toMatchObject([
      {
        code: 'SRN1901',
        place: { object: 'Pod/prod/checkout-v2-abc', path: 'metadata.annotations["prometheus.io/port"]' },
        found: '9091',
        accepted: 'one of: 8080, 9090',
      },
    ]);
  });

  it('belongs to the job of its Deployment, also through a ReplicaSet, else of its app label', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-6d4cf56db6', uid: 'u', controller: true };
    const labels = { app: 'shop', 'pod-template-hash': '6d4cf56db6' };
    expect(only({ metadata: { ownerReferences: [owner], labels } })?.labels['job']).toBe('prod/web');
    expect(only({ metadata: { ownerReferences: [], labels } })?.labels['job']).toBe('prod/shop');
    expect(only({ metadata: { ownerReferences: [], labels: {} } })?.labels['job']).toBe('prod/checkout-v2-abc');
  });

  it("keeps its identity when its own labels are named like the scraper's", () => {
    const labels = { pod: 'x', job: 'y', instance: 'z', namespace: 'n' };
    expect(only({ metadata: { labels } })?.labels).toEqual({
      job: 'prod/checkout-v2',
      instance: '127.0.0.1:31001',
      namespace: 'prod',
      pod: 'checkout-v2-abc',
    });
  });
});
