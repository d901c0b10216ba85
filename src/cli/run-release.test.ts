// `serin run` on memory objects: the files applied, the one release driven by the real controller while the simulated cluster
// and its clock go on; what else may stand in its way.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkoutAutoscalers, checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { type Stage, serinHere } from '../../test/support/cli-here.ts';
import { driveRelease, RELEASE, readStatus } from '../../test/support/drive-release.ts';
import { memoryConnect } from '../../test/support/memory-connection.ts';
import { createFaultyObjects } from '../../test/support/refusing-objects.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import { SteppedClock, settled } from '../../test/support/stepped-clock.ts';
import type { KubeObject } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import type { Clock } from '../lib/clock.ts';
import { ok } from '../lib/result.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import type { ReleaseStatus } from '../release/status.ts';
import { releaseReportSchema } from '../report/release-report.ts';
import { runCommand } from './run-release.ts';

let sim: SimCluster;
let stepped: SteppedClock;
let clock: Clock;
let folder: string;

beforeEach(() => {
  sim = new SimCluster();
  stepped = new SteppedClock(sim.clock.now());
  clock = { now: () => sim.clock.now(), sleep: (ms, signal) => stepped.sleep(ms, signal) };
  folder = mkdtempSync(join(tmpdir(), 'serin-run-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const withoutNamespace = (object: KubeObject): KubeObject => {
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
};

const write = (objects: readonly KubeObject[]) =>
  writeFileSync(join(folder, 'all.yaml'), objects.map((object) => `---\n${stringify(object)}`).join(''));

interface World extends Stage {
  /** As the command meets them. */
  readonly objects?: Objects;
  readonly owned?: Readonly<Record<string, string>>;
  readonly each?: (status: ReleaseStatus | undefined) => Promise<void> | void;
}

const QUIET_TICKS = 40;

/** Half a second of the simulated cluster at a time, until the command has ended. */
async function serinRun(args: readonly string[] = [], world: World = {}) {
  const { owned = {}, objects = sim.objects, each = () => {}, ...stage } = world;
  const openMetrics = async () => ok({ source: sim.deps().metrics, close: async () => {} });
  const connect = memoryConnect({ objects, owned });
  const ended = serinHere({ run: runCommand(openMetrics, () => sim.clock.now()) }, ['run', '-f', folder, ...args], {
    connect,
    clock,
    ...stage,
  });
  let over = false;
  void ended.finally(() => {
    over = true;
  });
  for (let ticks = 0; !over; ticks++) {
    if (ticks > 2000) throw new Error('the command does not end');
    if ((await sim.objects.list('Deployment')).items.length > 0) await sim.pass();
    else sim.clock.pass(500);
    await stepped.pass(500);
    if (ticks % QUIET_TICKS === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await settled();
    const release = await sim.objects.get(RELEASE);
    await each((release as Release | undefined)?.status as ReleaseStatus | undefined);
  }
  return ended;
}

const APPROVED_AT_5 = (object: KubeObject): KubeObject =>
  object.kind === 'ReleasePolicy'
    ? (JSON.parse(
        JSON.stringify(object).replace('"traffic":"50%"', '"traffic":"50%","approval":"before"'),
      ) as KubeObject)
    : object;

describe('serin run', () => {
  it('applies the files into the namespace at hand, drives the release to its end, and leaves no Lease behind', async () => {
    write([...checkoutObjects(), checkoutRelease()].map(withoutNamespace));
    const { code, stdout, stderr } = await serinRun();
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('SRN') });
    expect(stdout).toMatch(/accepted +stable checkout-service-v1/);
    expect(stdout).toMatch(/bake 100% +step 6 of 6 begins/);
    expect(stdout).toMatch(/promoted +checkout-service-v2 after/);
    expect((await readStatus(sim)).phase).toBe('Promoted');
    expect((await sim.objects.list('Lease')).items).toEqual([]);
  });

  it('gives back all that it has held: floors of autoscalers, and the finalizer that would keep the Release from being deleted', async () => {
    await sim.create(checkoutAutoscalers());
    write([...checkoutObjects(), checkoutRelease()]);
    expect((await serinRun()).code).toBe(0);
    expect((await sim.objects.get(RELEASE))?.metadata.finalizers ?? []).toEqual([]);
    const autoscalers = (await sim.objects.list('HorizontalPodAutoscaler')).items;
    expect(autoscalers.map(({ spec }) => spec)).toEqual(checkoutAutoscalers().map(({ spec }) => spec));
  });

  it('of a bad canary rolls back, ends with 1, and prints one report as JSON', async () => {
    write([...checkoutObjects(), checkoutRelease()]);
    sim.canaryErrors = 0.2;
    const file = join(folder, 'report.md');
    const { code, stdout, stderr } = await serinRun(['-o', 'json', '--report', file]);
    expect(code).toBe(1);
    const report = releaseReportSchema.parse(JSON.parse(stdout));
    expect(report).toMatchObject({
      outcome: 'rolledBack',
      release: { namespace: 'prod', canary: 'checkout-service-v2' },
    });
    expect(report.users).toBeUndefined();
    expect(stderr).toMatch(/roll back +errors failed/);
  });

  it('gives the approvals of --approve, and tells how to give one that is missing', async () => {
    write([...checkoutObjects(), checkoutRelease()].map(APPROVED_AT_5));
    expect(await serinRun(['--approve', '5'])).toMatchObject({ code: 0 });
    await sim.objects.remove(RELEASE);
    const { code, stdout } = await (async () => {
      sim = new SimCluster(sim.clock);
      return serinRun(['--wait', '20s']);
    })();
    expect(stdout).toContain('wants an approval: serin approve checkout-v2 -n prod --step 5');
    expect(code).toBe(2);
    expect(stdout).toMatch(/held for 20s, longer than anybody waits/);
  });

  it('puts traffic back when it is interrupted, and ends the roll back', async () => {
    write([...checkoutObjects(), checkoutRelease()]);
    const interruption = new AbortController();
    const each = (status: ReleaseStatus | undefined) => {
      if (status?.step?.index === 3 && status.step.arrivedAt !== undefined) interruption.abort();
    };
    const { code, stdout } = await serinRun([], { interrupt: interruption.signal, each });
    expect(code).toBe(130);
    expect(stdout).toMatch(/interrupted +traffic goes back first/);
    expect(await readStatus(sim)).toMatchObject({ phase: 'RolledBack', rollBack: { outcome: 'aborted' } });
  });

  it('takes up what a killed run has left, without writing over its routes', async () => {
    write([...checkoutObjects(), checkoutRelease()]);
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const there = new Error('there');
    const each = ({ step, route }: ReleaseStatus) => {
      if (step?.index === 3 && route?.confirmed !== undefined) throw there;
    };
    await expect(driveRelease(sim, { each })).rejects.toBe(there);
    // The killed run's Lease is over by itself.
    await sim.objects.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'serin-run-checkout-v2', namespace: 'prod' },
      spec: { holderIdentity: 'killed', leaseDurationSeconds: 0, renewTime: '2026-01-01T00:00:00.000000Z' },
    });
    const { code, stdout, stderr } = await serinRun();
    expect(code).toBe(0);
    expect(stderr).toContain('Release/prod/checkout-v2 is under way already: taken up where it stands');
    expect(stderr).toContain('VirtualService/prod/checkout-service is not applied: the release is writing it');
    expect(stdout).toMatch(/shift 10% +step 4 of 6 begins/);
    expect(stdout).not.toMatch(/mirror 10% /);
  });

  it.each([
    ['with live weight', 'Running'],
    ['with the canary as the new stable', 'Promoting'],
  ])('takes it up %s as well when the routes are in the cluster only', async (_, until) => {
    write([checkoutRelease()]);
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const there = new Error('there');
    const each = ({ step, route }: ReleaseStatus) => {
      const isThere = until === 'Running' ? step?.index === 4 : route?.intent.kind === 'promoted';
      if (isThere && route?.readBackAt !== undefined) throw there;
    };
    await expect(driveRelease(sim, { each })).rejects.toBe(there);
    const { code, stderr } = await serinRun();
    expect([code, stderr]).toEqual([0, 'Release/prod/checkout-v2 is under way already: taken up where it stands\n']);
  });
});

describe('a run whose Release is deleted', () => {
  it('while it waits for what is missing ends as aborted', async () => {
    const before = { ...checkoutRelease(), metadata: { name: 'before', namespace: 'prod' } };
    await sim.create([...checkoutObjects(), before]);
    write([checkoutRelease()]);
    const each = async (status: ReleaseStatus | undefined) => {
      if (status?.problems !== undefined) await sim.objects.remove(RELEASE);
    };
    const { code, stdout } = await serinRun([], { each });
    expect(code).toBe(1);
    expect(stdout).toMatch(/pending +another release is about `checkout-service` already/);
    expect(stdout).toMatch(/aborted .*the Release was deleted before it began/);
  });
});

describe('a run that loses its Lease', () => {
  const lease = { kind: 'Lease', namespace: 'prod', name: 'serin-run-checkout-v2' } as const;

  it('to an outage of the API server goes on when that is over, and the outage decides nothing', async () => {
    write([...checkoutObjects(), checkoutRelease()]);
    let from = Number.POSITIVE_INFINITY;
    const each = (status: ReleaseStatus | undefined) => {
      if (status?.step?.index === 3 && status.step.arrivedAt !== undefined) from = Math.min(from, sim.clock.now());
    };
    const isAway = () => sim.clock.now() >= from && sim.clock.now() < from + 60_000;
    const objects = createFaultyObjects(sim.objects, () => (isAway() ? 'Unavailable' : undefined));
    const { code, stdout } = await serinRun([], { objects, each });
    expect(sim.clock.now()).toBeGreaterThan(from + 60_000);
    expect(code).toBe(0);
    expect(stdout).toMatch(/cluster +.*away/);
    const status = await readStatus(sim);
    expect(status).toMatchObject({ phase: 'Promoted', attempt: 1 });
    expect(status.rollBack).toBeUndefined();
  });

  it('to somebody else writes nothing more, and says who has it', async () => {
    write([...checkoutObjects(), checkoutRelease()]);
    let left: ReleaseStatus | undefined;
    let renewals = 0;
    const each = async (status: ReleaseStatus | undefined) => {
      if (status?.step?.index !== 2) return;
      const standing = await sim.objects.get(lease);
      if (standing === undefined) return;
      // The other renews it.
      const spec = { holderIdentity: 'another', leaseDurationSeconds: 15, renewTime: `${++renewals}` };
      await sim.objects.update({ ...standing, spec });
      if (renewals === 30) left = status;
    };
    const { code, stderr } = await serinRun([], { each });
    expect(code).toBe(4);
    expect(stderr).toMatch(/another serin run drives this release \(another\).*\[SRN1809\]$/m);
    expect(await readStatus(sim)).toEqual(left);
  });
});

describe('serin run is refused', () => {
  const refused = async (args: readonly string[] = [], stage: World = {}) => {
    const { code, stdout, stderr } = await serinRun(args, stage);
    expect(stdout).toBe('');
    return { code, stderr };
  };

  it('while an operator drives the cluster’s releases', async () => {
    write([...checkoutObjects(), checkoutRelease()]);
    const lease = (renewTime: string) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'serin-operator', namespace: 'serin-system' },
      // The simulated time goes on while the command reads its files.
      spec: { holderIdentity: 'pod-1', leaseDurationSeconds: 3600, renewTime },
    });
    await sim.objects.create(lease(new Date(sim.clock.now()).toISOString()));
    const { code, stderr } = await refused();
    expect(code).toBe(4);
    expect(stderr).toMatch(/an operator drives .* \(pod-1, in serin-system\).*serin watch.*\[SRN1809\]$/m);
    expect((await sim.objects.list('Deployment')).items).toEqual([]);
  });

  it('by nobody whose Lease may not be looked at, and says that', async () => {
    write([...checkoutObjects(), checkoutRelease()]);
    const list: Objects['list'] = (kind, namespace, options) =>
      kind === 'Lease' && namespace === undefined
        ? Promise.reject(new ObjectsError('Forbidden', 'may not list leases in the cluster'))
        : sim.objects.list(kind, namespace, options);
    const owned = { 'VirtualService/checkout-service': 'conflict with "argocd": .spec.http' };
    const { stderr } = await refused([], { objects: { ...sim.objects, list }, owned });
    expect(stderr).toMatch(
      /^not looked at: may not list leases in the cluster; an operator at work would not be seen$/m,
    );
  });

  it('for a conflict, which names the file and the owner; then nothing at all is applied', async () => {
    write([...checkoutObjects(), checkoutRelease()]);
    const owned = { 'VirtualService/checkout-service': 'conflict with "argocd": .spec.http' };
    const { code, stderr } = await refused([], { owned });
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /all\.yaml:\d+:\d+ VirtualService\/prod\/checkout-service: .*argocd.*a file without these fields.*\[SRN1807\]$/m,
    );
    expect((await sim.objects.list('Deployment')).items).toEqual([]);
  });

  it('for a release that has ended, unless it is to run again', async () => {
    write([...checkoutObjects(), checkoutRelease()]);
    sim.canaryErrors = 0.2;
    expect(await serinRun()).toMatchObject({ code: 1 });
    const { code, stderr } = await refused();
    expect(code).toBe(3);
    expect(stderr).toMatch(/has ended: RolledBack at .*--again.*\[SRN1808\]$/m);
    sim.canaryErrors = 0;
    expect(await serinRun(['--again'])).toMatchObject({ code: 0 });
  });

  it('for a release that has ended and that somebody else keeps: their finalizer is not ours to take off', async () => {
    write([...checkoutObjects(), checkoutRelease()]);
    expect(await serinRun()).toMatchObject({ code: 0 });
    const release = (await sim.objects.get(RELEASE)) as KubeObject;
    const finalizers = ['example.com/audit', ...(release.metadata.finalizers ?? [])];
    await sim.objects.update({ ...release, metadata: { ...release.metadata, finalizers } });
    const { code, stderr } = await refused(['--again']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/still there after 30 s.*finalizers example\.com\/audit.*\[SRN1808\]$/m);
    expect((await sim.objects.get(RELEASE))?.metadata.finalizers).toEqual(['example.com/audit']);
  });

  it('for files that do not fit what stands in the cluster, with their places; and what the cluster has need not be in them', async () => {
    await sim.create(checkoutObjects().filter(({ kind }) => kind !== 'ReleasePolicy'));
    write([checkoutRelease()]);
    const { code, stderr } = await refused();
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /all\.yaml:\d+:\d+ Release\/prod\/checkout-v2 spec\.policy: no ReleasePolicy `web`.*\[SRN1201\]$/m,
    );
    write([checkoutRelease(), ...checkoutObjects().filter(({ kind }) => kind === 'ReleasePolicy')]);
    expect(await serinRun()).toMatchObject({ code: 0 });
  });

  it('for objects of another namespace than the one asked for', async () => {
    write([...checkoutObjects(), checkoutRelease()]);
    const { code, stderr } = await refused(['-n', 'other']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/metadata\.namespace: the object is of another namespace than --namespace other/);
  });

  it.each(['--tick', '--propagation', '--grace', '--drain'])('with no time at all for %s', async (flag) => {
    const { code, stderr } = await refused([flag, '0s']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/a duration with its unit.*more than none/);
  });

  it('without files, without a Release, and without metrics', async () => {
    const command = { run: runCommand() };
    const run = (args: readonly string[]) =>
      serinHere(command, ['run', ...args], { connect: memoryConnect({ objects: sim.objects }) });
    expect((await run([])).stderr).toContain('there are no files to run (accepted: -f FILES)');
    write(checkoutObjects());
    expect((await run(['-f', folder])).stderr).toContain('there are no metrics to judge by');
    const { code, stdout, stderr } = await run(['-f', folder, '--prometheus', 'http://127.0.0.1:9', '-o', 'json']);
    expect(stderr).toContain('there is no Release to run');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rejected', problems: [{ code: 'SRN1002' }] });
  });
});
