import { describe, expect, it } from 'vitest';
import type { Pod } from '../api/kubernetes.ts';
import { targetsOfPods } from '../metrics/scrape/targets.ts';
import { tellUnscraped } from './unscraped.ts';

const pod = (name: string, owner: string, port: string): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': port },
      ownerReferences: [{ name: owner }],
    },
    spec: { containers: [{ name: 'app', ports: [{ containerPort: 9090, hostPort: 40_000 }] }] },
    status: { podIP: '127.0.0.1', containerStatuses: [{ name: 'app', state: { running: {} } }] },
  }) as unknown as Pod;

describe('a Deployment whose pods cannot be scraped as they ask', () => {
  it('is told once, with what is wrong and what would be accepted', () => {
    const told: string[] = [];
    const tell = tellUnscraped((subject, text) => told.push(`${subject} ${text}`));
    const pods = [pod('v1-a', 'v1', '9090'), pod('v2-a', 'v2', '9999'), pod('v2-b', 'v2', '9999')];
    for (let scrape = 0; scrape < 3; scrape += 1)
      tell(pods, targetsOfPods(pods, { intervalMs: 1000, timeoutMs: 900 }).problems);
    expect(told).toEqual([
      'v2 is not scraped: metadata.annotations["prometheus.io/port"]: the pod asks to be scraped, but not at a port that one of its containers has (found 9999; accepted: one of: 9090) [SRN1901]',
    ]);
  });
});
