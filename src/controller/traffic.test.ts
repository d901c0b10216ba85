import { describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { acceptedStatus, ModelWorld, PLAN } from '../../test/support/model-world.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { Deployment, Pod, Service } from '../api/kubernetes.ts';
import type { Release } from '../api/release.ts';
import { toTime } from '../lib/time.ts';
import { fold } from '../release/fold.ts';
import type { ActiveStatus } from '../release/status.ts';
import { readTraffic } from './traffic.ts';

const V2 = { app: 'checkout-service', version: 'v2' };

function pod(name: string, ready: boolean): Pod {
  const status = {
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses: [{ name: 'app', ready, restartCount: 0, state: { running: {} } }],
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'prod', labels: V2 }, status } as unknown as Pod;
}

/** What is read of the canary ten seconds in, when each of these pods was scraped until that second. */
async function readCanary(pods: readonly Pod[], scrapedTo: Readonly<Record<string, number>>) {
  const sim = new SimCluster();
  const [, canary] = checkoutObjects() as unknown as readonly Deployment[];
  const began = sim.clock.now();
  for (const [name, seconds] of Object.entries(scrapedTo))
    for (let second = 0; second <= seconds; second++)
      sim.store.append({ ...V2, pod: name, instance: name, __name__: 'up' }, began + second * 1000, 1);
  sim.clock.pass(10_000);
  const status = acceptedStatus(began, PLAN);
  const seen = { now: sim.clock.now(), release: checkoutRelease() as unknown as Release, status };
  const versions = { stable: { configs: [] }, canary: { deployment: canary as Deployment, configs: [] } };
  const { newestAt, readTo } = (await readTraffic(seen, { versions, pods, service: undefined }, sim.deps())).canary;
  const second = (at: number | undefined) => (at === undefined ? undefined : (at - began) / 1000);
  return { newest: second(newestAt), readTo: second(readTo) };
}

describe("a version's requests", () => {
  it('are known as far as the running pod that was read longest ago', async () => {
    expect(await readCanary([pod('a', true), pod('b', true)], { a: 10, b: 4 })).toEqual({ newest: 10, readTo: 4 });
  });

  it('are not known while a ready pod was never read', async () => {
    expect(await readCanary([pod('a', true), pod('b', true)], { a: 10 })).toEqual({ newest: 10, readTo: undefined });
  });

  it('do not wait for a pod that was never ready, or that has ended', async () => {
    expect(await readCanary([pod('a', true), pod('b', false)], { a: 10, gone: 3 })).toEqual({ newest: 10, readTo: 10 });
  });

  it('are none while only the probes of its start come', async () => {
    const sim = new SimCluster();
    const began = sim.clock.now();
    const [, canary] = checkoutObjects() as unknown as readonly Deployment[];
    const probed = structuredClone(canary) as unknown as { spec: { template: { spec: { containers: object[] } } } };
    const [container] = probed.spec.template.spec.containers;
    const startupProbe = { httpGet: { port: 8080, path: '/healthz' }, periodSeconds: 1, failureThreshold: 20 };
    probed.spec.template.spec.containers = [{ ...container, ports: [{ containerPort: 8080 }], startupProbe }];
    const service = { spec: { ports: [{ port: 80, targetPort: 8080 }] } } as unknown as Service;
    const running = { state: { running: { startedAt: toTime(began) } }, name: 'app', restartCount: 0 };
    const a = { ...pod('a', true), status: { conditions: [], containerStatuses: [running] } } as unknown as Pod;
    for (let second = 0; second <= 10; second++) {
      const labels = { ...V2, pod: 'a', instance: 'a' };
      sim.store.append({ ...labels, __name__: 'up' }, began + second * 1000, 1);
      sim.store.append({ ...labels, __name__: 'http_requests_total' }, began + second * 1000, second);
    }
    sim.clock.pass(10_000);
    const status = acceptedStatus(began, PLAN);
    const seen = { now: sim.clock.now(), release: checkoutRelease() as unknown as Release, status };
    const versions = {
      stable: { configs: [] },
      canary: { deployment: probed as unknown as Deployment, configs: [] },
    };
    const { recent, firstMovedAt } = (await readTraffic(seen, { versions, pods: [a], service }, sim.deps())).canary;
    expect({ recent, firstMovedAt }).toEqual({ recent: 0, firstMovedAt: undefined });
  });

  it('are counted once each, although scrapes arrive later than the time that they have', async () => {
    const sim = new SimCluster();
    const [, canary] = checkoutObjects() as unknown as readonly Deployment[];
    const versions = { stable: { configs: [] }, canary: { deployment: canary as Deployment, configs: [] } };
    const labels = { ...V2, pod: 'a', instance: 'a' };
    const began = sim.clock.now();
    const at = toTime(began);
    const counts = { exposure: 'none', since: at, at, canary: 0, stable: 0 } as const;
    let status: ActiveStatus = { ...acceptedStatus(began, PLAN), counts };
    // Ten requests a second; each scrape takes 900 ms, and there are turns in between.
    for (let now = began + 300; now <= began + 30_000; now += 300) {
      sim.clock.pass(300);
      const start = Math.floor((now - 900) / 1000) * 1000;
      if (start >= began && start > now - 900 - 300) {
        sim.store.append({ ...labels, __name__: 'up' }, start, 1);
        sim.store.append({ ...labels, __name__: 'http_requests_total' }, start, (start - began) / 100);
      }
      const seen = { now, release: checkoutRelease() as unknown as Release, status };
      const traffic = await readTraffic(seen, { versions, pods: [pod('a', true)], service: undefined }, sim.deps());
      status = fold({ ...new ModelWorld().input(), now, status, traffic });
    }
    expect(status.counts?.canary).toBe(290);
  });
});
