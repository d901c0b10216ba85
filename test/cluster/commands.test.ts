// The commands on a cluster as processes, on a real API server, each as the user who would give it. Pods, traffic and samples are
// simulated after the routes as they were accepted.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { KubeObject, ObjectRef } from '../../src/api/object.ts';
import { untilWritten } from '../../src/kubelet/retry.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { connectKubernetes, type KubernetesConnection } from '../../src/objects/kubernetes/connect.ts';
import { checkoutObjects, checkoutRelease } from '../support/checkout-objects.ts';
import { serin } from '../support/cli.ts';
import { readStatus } from '../support/drive-release.ts';
import { type PrometheusStub, startPrometheusStub } from '../support/prometheus-stub.ts';
import { RealClock } from '../support/real-clock.ts';
import { startSerin } from '../support/serin-process.ts';
import { SimCluster } from '../support/sim-cluster.ts';
import { waitFor } from '../support/wait.ts';
import { type RunningApiServer, startApiServer } from './api-server.ts';
import { clusterTools } from './tools.ts';
import type { UserName } from './users.ts';

const tools = clusterTools();

/** Who may release, and look at nothing else. */
const RELEASERS = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: releasers, namespace: prod }
rules:
  - { apiGroups: [serin.dev], resources: [releases], verbs: [get, list, watch, update] }
  - { apiGroups: [serin.dev], resources: [approvals], verbs: [get, list, create] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: releasers, namespace: prod }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: releasers }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: alice }]
`;

const withApproval = (object: KubeObject): KubeObject =>
  object.kind === 'ReleasePolicy'
    ? (JSON.parse(
        JSON.stringify(object).replace('"traffic":"50%"', '"traffic":"50%","approval":"before"'),
      ) as KubeObject)
    : object;

const withoutNamespace = (object: KubeObject): KubeObject => {
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
};

describe('commands on a real API server', () => {
  let server: RunningApiServer;
  let admin: KubernetesConnection;
  let sim: SimCluster;
  let prometheus: PrometheusStub;
  let folder: string;

  beforeAll(async () => {
    if ('reason' in tools) throw new Error(tools.reason);
    server = await startApiServer({ controllers: true, manifests: [tools.istioCrds] });
    await server.kubectl('create', 'namespace', 'prod');
    await server.apply(RELEASERS);
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
    folder = mkdtempSync(join(tmpdir(), 'serin-commands-'));
    const stop = new AbortController();
    const living = (async () => {
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
      rmSync(folder, { recursive: true, force: true });
    };
  });

  const env = (user: UserName = 'admin') => ({ KUBECONFIG: server.kubeconfigs[user] });
  const as = (user: UserName, ...args: readonly string[]) => serin([...args, '-n', 'prod'], { env: env(user) });

  const write = (objects: readonly KubeObject[]) =>
    writeFileSync(join(folder, 'all.yaml'), objects.map((object) => `---\n${stringify(object)}`).join(''));

  const run = (...args: readonly string[]) =>
    startSerin(
      [
        ...['run', '-f', folder, '-n', 'prod', '--prometheus', prometheus.url, '--prometheus-scrape-interval', '1s'],
        ...['--propagation', '2s', '--grace', '20s', '--drain', '20s', '--tick', '500ms', ...args],
      ],
      env(),
    );

  const route = async () =>
    (await admin.objects.get({ kind: 'VirtualService', namespace: 'prod', name: 'checkout-service' }))?.spec;

  /** Whoever waits for it or not; the API server's own controllers may remove or write it meanwhile. */
  const removed = (ref: ObjectRef) =>
    untilWritten(
      async () => {
        const object = await admin.objects.get(ref);
        if (object === undefined) return;
        if ((object.metadata.finalizers ?? []).length > 0)
          await admin.objects.update({ ...object, metadata: { ...object.metadata, finalizers: [] } });
        await admin.objects.remove(ref);
      },
      {
        clock: systemClock,
        signal: AbortSignal.timeout(20_000),
        onTrouble: (error) => {
          throw error;
        },
      },
    );

  async function emptied(): Promise<void> {
    const kinds = [
      'Release',
      'Approval',
      'Deployment',
      'Pod',
      'VirtualService',
      'DestinationRule',
      'Service',
      'ReleasePolicy',
    ];
    for (const kind of kinds)
      for (const { metadata } of (await admin.objects.list(kind, 'prod')).items)
        await removed({ kind, namespace: 'prod', name: metadata.name });
    for (const name of ['serin-run-checkout-v2', 'serin-operator'])
      await server.kubectl('delete', 'lease', name, '-n', 'prod', '--ignore-not-found');
  }

  it('run applies and drives a release, which a person with few rights watches and approves', async () => {
    write([...checkoutObjects().map(withApproval), checkoutRelease()].map(withoutNamespace));
    await using running = run('--report', join(folder, 'report.md'));
    await running.said(/wants an approval: serin approve checkout-v2 -n prod --step 5/, 120_000);
    await using watching = startSerin(['watch', 'checkout-v2', '-n', 'prod'], env('alice'));
    await watching.said(/hold +everything is ready for step 5/);
    const bob = await as('bob', 'approve', 'checkout-v2');
    expect(bob).toMatchObject({ code: 4, stdout: '' });
    expect(bob.stderr).toMatch(/may not list releases.serin.dev in namespace prod.*\[SRN1805\]$/m);
    const approved = await as('alice', 'approve', 'checkout-v2');
    expect(approved.stdout).toMatch(/^checkout-v2: approved step 5 \(shift 50%\), revision \w+, as alice$/m);
    expect((await as('alice', 'status', 'checkout-v2')).stdout).toMatch(/^5 +\w+ +alice/m);
    expect(await running.ended).toBe(0);
    expect(await watching.ended).toBe(0);
    expect(watching.stdout()).toMatch(/promoted +checkout-service-v2 after/);
    const status = await readStatus(sim);
    expect(status.phase).toBe('Promoted');
    expect(status.history?.some(({ message }) => message.endsWith('approved by alice'))).toBe(true);
    // Server-side apply and the controller each own what is theirs.
    const managers = await server.kubectl(
      ...['get', 'deployment', 'checkout-service-v2', '-n', 'prod', '--show-managed-fields'],
      ...['-o', 'jsonpath={.metadata.managedFields[*].manager}'],
    );
    expect(managers.split(' ')).toEqual(expect.arrayContaining(['serin-run', 'serin']));
  });

  it('a run that was killed at 50 % is taken up by the next one, and ends as if nothing had been', async () => {
    write([...checkoutObjects(), checkoutRelease()]);
    await using first = run();
    await first.said(/shift 50% +confirmed/, 120_000);
    first.child.kill('SIGKILL');
    await first.ended;
    const left = await route();
    await using second = run();
    await second.said(/is under way already: taken up where it stands/);
    expect(await route()).toEqual(left);
    expect(await second.ended).toBe(0);
    const status = await readStatus(sim);
    expect(status).toMatchObject({ phase: 'Promoted', attempt: 1 });
    expect(status.route?.overwrites).toBeUndefined();
  });

  it('Ctrl-C at 50 % puts the routes back as they were, then ends', async () => {
    const before = checkoutObjects().find(({ kind }) => kind === 'VirtualService')?.spec;
    write([...checkoutObjects(), checkoutRelease()]);
    await using running = run();
    await running.said(/shift 50% +confirmed/, 120_000);
    expect(await route()).not.toEqual(before);
    running.child.kill('SIGINT');
    await running.said(/interrupted +traffic goes back first/);
    await waitFor('the routes are back', async () => isDeepStrictEqual(await route(), before), 5_000);
    expect(await running.ended).toBe(130);
    expect(await readStatus(sim)).toMatchObject({ phase: 'RolledBack', rollBack: { outcome: 'aborted' } });
    expect((await as('admin', 'watch', 'checkout-v2')).code).toBe(1);
  });

  it('what another writer owns is a conflict that names him, and then nothing is applied', async () => {
    const service = checkoutObjects().find(({ kind }) => kind === 'VirtualService') as KubeObject;
    const other = { ...service, spec: { ...(service.spec as object), hosts: ['checkout-service', 'shop.test'] } };
    writeFileSync(join(folder, 'other.json'), JSON.stringify(other));
    await server.kubectl('apply', '--server-side', '--field-manager=argocd', '-f', join(folder, 'other.json'));
    rmSync(join(folder, 'other.json'));
    write([...checkoutObjects(), checkoutRelease()]);
    await using running = run();
    expect(await running.ended).toBe(4);
    expect(running.stderr()).toMatch(
      /all\.yaml:\d+:\d+ VirtualService\/prod\/checkout-service: .*"argocd".*spec\.hosts.*\[SRN1807\]$/m,
    );
    expect((await admin.objects.list('Deployment', 'prod')).items).toEqual([]);
  });

  it('where an operator is at work a run leaves it to it; lint and plan read what stands there', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    await admin.objects.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'serin-operator', namespace: 'prod' },
      spec: {
        holderIdentity: 'replica-1',
        leaseDurationSeconds: 600,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    });
    write([checkoutRelease()]);
    await using running = run();
    expect(await running.ended).toBe(4);
    expect(running.stderr()).toMatch(
      /an operator drives the releases of this cluster \(replica-1, in prod\).*\[SRN1809\]$/m,
    );
    expect(await as('admin', 'lint', '--cluster')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^fine: /) });
    const plan = await as('admin', 'plan', 'checkout-v2', '-o', 'table');
    expect(plan).toMatchObject({ code: 0, stdout: expect.stringMatching(/5 +shift +50%/) });
    expect((await as('alice', 'pause', 'checkout-v2')).stdout).toBe('checkout-v2: paused; protections stay armed\n');
    expect((await as('alice', 'pause', 'checkout-v3')).stderr).toMatch(/did you mean `checkout-v2`\?/);
  });

  it('no API server is told with what to do', async () => {
    const kubeconfig = join(folder, 'away.kubeconfig');
    const text = (await server.kubectl('config', 'view', '--raw')).replace(/server: .*/, 'server: https://127.0.0.1:9');
    writeFileSync(kubeconfig, text);
    const { code, stderr } = await serin(['status', '--kubeconfig', kubeconfig], { env: {} });
    expect(code).toBe(4);
    expect(stderr).toMatch(/\[SRN1804\]$/m);
    const none = await serin(['status'], { env: { HOME: folder } });
    expect(none.stderr).toMatch(/there is no kubeconfig .*\[SRN1803\]$/m);
  });
});
