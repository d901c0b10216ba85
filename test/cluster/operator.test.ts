// `serin operator` as processes on a real API server, with the rights of deploy/operator.yaml and no others. Pods, traffic and
// samples are simulated after the routes as they were accepted.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/object.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { connectKubernetes, type KubernetesConnection } from '../../src/objects/kubernetes/connect.ts';
import { isEnded } from '../../src/release/status.ts';
import { checkoutObjects, checkoutRelease } from '../support/checkout-objects.ts';
import { readStatus } from '../support/drive-release.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';
import { type PrometheusStub, startPrometheusStub } from '../support/prometheus-stub.ts';
import { RealClock } from '../support/real-clock.ts';
import { SimCluster } from '../support/sim-cluster.ts';
import { waitFor } from '../support/wait.ts';
import { type RunningApiServer, startApiServer } from './api-server.ts';
import { clusterTools } from './tools.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/operator.yaml', import.meta.url));

describe('serin operator on a real API server', () => {
  let server: RunningApiServer;
  let admin: KubernetesConnection;
  let sim: SimCluster;
  let prometheus: PrometheusStub;
  let stop: AbortController;
  let living: Promise<void>;

  beforeAll(async () => {
    const tools = clusterTools();
    if ('reason' in tools) throw new Error(tools.reason);
    server = await startApiServer({ controllers: true, manifests: [tools.istioCrds] });
    await server.kubectl('apply', '--server-side', '-f', DEPLOY);
    await server.kubectl('create', 'namespace', 'prod');
    const connected = await connectKubernetes({ env: server.env, clock: systemClock });
    if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
    admin = connected.value;
  });
  afterAll(async () => {
    await admin?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    sim = new SimCluster(new RealClock(), admin.objects);
    sim.eachPass = true;
    prometheus = await startPrometheusStub(sim.store);
    stop = new AbortController();
    living = (async () => {
      while (!stop.signal.aborted) {
        await sim.pass();
        await systemClock.sleep(500, stop.signal);
      }
    })();
    return async () => {
      stop.abort();
      await living;
      await prometheus.close();
      await emptied();
    };
  });

  const start = (): OperatorProcess =>
    startOperatorProcess(
      [
        ...['--prometheus', prometheus.url, '--prometheus-scrape-interval', '1s', '--prometheus-timeout', '2s'],
        ...['--lease-namespace', 'serin-system', '--lease-duration', '2s', '--renew-deadline', '1400ms'],
        ...['--retry-period', '300ms', '--propagation', '2s', '--grace', '20s', '--drain', '20s', '--tick', '500ms'],
      ],
      { KUBECONFIG: server.kubeconfigs.operator },
    );

  /** Nothing of one test is left for the next. */
  async function emptied(): Promise<void> {
    for (const kind of [
      'releases',
      'deployments',
      'pods',
      'virtualservices',
      'destinationrules',
      'services',
      'events.events.k8s.io',
    ])
      await server.kubectl('delete', kind, '-n', 'prod', '--all', '--wait=false');
    await waitFor('the namespace is empty', async () => {
      for (const kind of ['Release', 'Deployment', 'Pod', 'VirtualService'])
        for (const object of (await admin.objects.list(kind, 'prod')).items) {
          if ((object.metadata.finalizers ?? []).length > 0)
            await admin.objects.update({ ...object, metadata: { ...object.metadata, finalizers: [] } }).catch(() => {});
          return false;
        }
      return true;
    });
    await server.kubectl('delete', 'releasepolicies', '-n', 'prod', '--all');
  }

  /** With what the release says when the time is over. */
  async function within<Value>(
    ms: number,
    what: string,
    probe: () => Promise<Value | undefined | false>,
  ): Promise<Value> {
    try {
      return await waitFor(what, probe, ms);
    } catch (error) {
      const { phase, step: at, holding, history, problems, route: routed } = await readStatus(sim);
      const state = JSON.stringify({ phase, at, holding, problems, routed, history: history?.slice(-4) });
      throw new Error(`${(error as Error).message}: ${state}`, { cause: error });
    }
  }

  const end = () =>
    within(90_000, 'the release has ended', async () => {
      const status = await readStatus(sim);
      return isEnded(status) ? status : undefined;
    });

  const route = async () =>
    (await admin.objects.get({ kind: 'VirtualService', namespace: 'prod', name: 'checkout-service' }))?.spec;

  const step = (index: number) =>
    within(60_000, `step ${index + 1} is arrived at`, async () => {
      const status = await readStatus(sim);
      if (isEnded(status)) throw new Error('it has ended before');
      return status.step?.index === index && status.step.arrivedAt !== undefined;
    });

  it('drives a release to its end with the rights of its manifests, and stops when it is asked to', async () => {
    await using operator = start();
    await operator.said('leads');
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    expect(await end()).toMatchObject({ phase: 'Promoted' });
    await waitFor('the last word', async () =>
      (await server.kubectl('get', 'events', '-n', 'prod')).includes('Promoted'),
    );
    const release = (await admin.objects.get({
      kind: 'Release',
      namespace: 'prod',
      name: 'checkout-v2',
    })) as KubeObject;
    expect(release.metadata.finalizers ?? []).toEqual([]);
    expect(await server.kubectl('wait', '-n', 'prod', 'release/checkout-v2', '--for=condition=Promoted')).toContain(
      'met',
    );
    expect(operator.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(operator.lines.filter(({ error }) => String(error).includes('forbidden'))).toEqual([]);
    expect(await operator.metrics()).toContain('serin_leader 1');
    operator.child.kill('SIGTERM');
    expect(await operator.ended).toBe(0);
    const lease = await admin.objects.get({ kind: 'Lease', namespace: 'serin-system', name: 'serin-operator' });
    expect((lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity ?? '').toBe('');
  });

  it('puts traffic back before a release is gone that is deleted in the middle', async () => {
    await using operator = start();
    await operator.said('leads');
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const before = await route();
    await step(4);
    expect(await route()).not.toEqual(before);
    await server.kubectl('delete', 'release', '-n', 'prod', 'checkout-v2', '--timeout=60s');
    expect(await route()).toEqual(before);
  });

  it('stopped past its lease writes nothing when it wakes; another has gone on where it stood', async () => {
    await using first = start();
    await first.said('leads');
    await using second = start();
    await second.said('started');
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    await step(3);
    first.child.kill('SIGSTOP');
    await second.said('leads');
    first.child.kill('SIGCONT');
    await first.said('leads no more: the lease is lost');
    expect(await end()).toMatchObject({ phase: 'Promoted', attempt: 1 });
    expect((await readStatus(sim)).route?.overwrites).toBeUndefined();
    expect(first.lines.filter(({ message }) => message === 'leads')).toHaveLength(1);
  });
});
