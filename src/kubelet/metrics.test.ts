import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, type KubeletWorld, kubeletWorld } from '../../test/support/kubelet-world.ts';
import { waitFor } from '../../test/support/wait.ts';
import { type ExposedSample, parseExposition } from '../series/exposition.ts';

async function page(world: KubeletWorld): Promise<readonly ExposedSample[]> {
  const answer = await fetch(world.kubelet.metricsUrl);
  const parsed = parseExposition(await answer.text(), answer.headers.get('content-type') ?? undefined);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.value.samples;
}

const series = (samples: readonly ExposedSample[], name: string) =>
  samples
    .filter(({ labels }) => labels['__name__'] === name)
    .map(({ labels: { __name__, ...labels }, value }) => ({ labels, value }));

async function cpu(world: KubeletWorld): Promise<number> {
  const [only] = series(await page(world), 'container_cpu_usage_seconds_total');
  return only?.value ?? Number.NaN;
}

describe.concurrent('the metrics page', () => {
  it('has the names and labels that cAdvisor and kube-state-metrics use', async () => {
    await using world = await kubeletWorld();
    await world.create({
      container: { resources: { limits: { cpu: '500m', memory: '128Mi' }, requests: { memory: '64Mi' } } },
    });
    const [pod] = await world.readyPods(1);
    await waitFor('the status', async () => (await world.status()).availableReplicas === 1);
    const samples = await page(world);
    const container = { namespace: 'prod', pod: pod?.metadata.name, container: 'app' };
    const cpuOf = { ...container, node: 'this-machine', resource: 'cpu', unit: 'core' };
    const memoryOf = { ...container, node: 'this-machine', resource: 'memory', unit: 'byte' };
    expect(series(samples, 'kube_pod_container_resource_limits')).toEqual([
      { labels: cpuOf, value: 0.5 },
      { labels: memoryOf, value: 134_217_728 },
    ]);
    expect(series(samples, 'kube_pod_container_resource_requests')).toEqual([
      { labels: cpuOf, value: 0.5 },
      { labels: memoryOf, value: 67_108_864 },
    ]);
    expect(series(samples, 'kube_pod_status_ready').map(({ labels, value }) => [labels['condition'], value])).toEqual([
      ['true', 1],
      ['false', 0],
      ['unknown', 0],
    ]);
    expect(series(samples, 'kube_pod_container_status_restarts_total')).toEqual([{ labels: container, value: 0 }]);
    const gauge = (name: string) =>
      series(samples, `kube_deployment_${name}`).map(({ labels, value }) => [labels['deployment'], value]);
    for (const name of [
      'spec_replicas',
      'status_replicas',
      'status_replicas_ready',
      'status_replicas_available',
      'status_replicas_updated',
    ])
      expect([name, gauge(name)]).toEqual([name, [['web', 1]]]);
    expect(gauge('status_observed_generation')).toEqual([['web', 1]]);
    const [memory] = series(samples, 'container_memory_working_set_bytes');
    expect(memory).toMatchObject({ labels: container });
    expect(memory?.value).toBeGreaterThan(5_000_000);
    expect(memory?.value).toBeLessThan(400_000_000);
    expect((await fetch(world.kubelet.metricsUrl.replace('/metrics', '/other'))).status).toBe(404);
  });

  it('counts CPU of the process and of its children, and goes on counting over a restart', async () => {
    await using world = await kubeletWorld();
    await world.create();
    const [pod] = await world.readyPods(1);
    const idle = await cpu(world);
    await world.ask(pod!, '/burn?ms=300');
    const own = await cpu(world);
    expect(own - idle).toBeGreaterThanOrEqual(0.28);
    await world.ask(pod!, '/burn?ms=300&child=1');
    const withChild = await cpu(world);
    expect(withChild - own).toBeGreaterThanOrEqual(0.28);

    await expect(world.ask(pod!, '/crash?code=1')).rejects.toThrow();
    await waitFor('the restart', async () => {
      const [restarts] = series(await page(world), 'kube_pod_container_status_restarts_total');
      return restarts?.value === 1;
    });
    await world.readyPods(1);
    const restarted = await cpu(world);
    expect(restarted).toBeGreaterThanOrEqual(withChild);
    await world.ask(pod!, '/burn?ms=300');
    expect((await cpu(world)) - restarted).toBeGreaterThanOrEqual(0.28);
  });

  it('says why a container waits, and forgets pods that have gone', async () => {
    await using world = await kubeletWorld({ backoff: { baseMs: 60_000, capMs: 60_000, resetAfterMs: 60_000 } });
    await world.create({ container: { env: [{ name: 'CRASH', value: '1' }] } });
    const waiting = await waitFor('the crash loop', async () => {
      const [one] = series(await page(world), 'kube_pod_container_status_waiting_reason');
      return one?.labels['reason'] === 'CrashLoopBackOff' && one;
    });
    expect(waiting.value).toBe(1);
    await world.change(DEPLOYMENT, (object) => ({ ...object, spec: { ...(object.spec as object), replicas: 0 } }));
    await waitFor('no pods', async () => (await world.pods()).length === 0);
    await waitFor('no series', async () => series(await page(world), 'container_cpu_usage_seconds_total').length === 0);
  });
});
