// The commands on a cluster, on memory objects whose release is driven by the real controller on a virtual clock.
import { describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { serinHere } from '../../test/support/cli-here.ts';
import { driveRelease, RELEASE, readStatus } from '../../test/support/drive-release.ts';
import { memoryConnect } from '../../test/support/memory-connection.ts';
import { createFaultyObjects } from '../../test/support/refusing-objects.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { Approval } from '../api/approval.ts';
import type { KubeObject } from '../api/object.ts';
import type { Release, ReleasePolicy } from '../api/release.ts';
import { failed } from '../lib/result.ts';
import type { Objects } from '../objects/objects.ts';
import type { ReleaseStatus } from '../release/status.ts';
import { abortCommand } from './abort.ts';
import { approveCommand } from './approve.ts';
import { lintCommand } from './lint.ts';
import { pauseCommand } from './pause.ts';
import { planCommand } from './plan.ts';
import { promoteCommand } from './promote.ts';
import { resumeCommand } from './resume.ts';
import { statusCommand } from './status.ts';
import { watchCommand } from './watch.ts';

const commands = {
  plan: planCommand,
  lint: lintCommand,
  status: statusCommand,
  watch: watchCommand,
  approve: approveCommand,
  pause: pauseCommand,
  resume: resumeCommand,
  abort: abortCommand,
  promote: promoteCommand,
};

/** Step 5 wants an approval. */
const withApproval = (object: KubeObject): KubeObject => {
  if (object.kind !== 'ReleasePolicy') return object;
  const { spec } = object as ReleasePolicy;
  const plan = spec.plan.map((step) =>
    step.shift?.traffic === '50%' ? { shift: { ...step.shift, approval: 'before' as const } } : step,
  );
  return { ...object, spec: { ...spec, plan } };
};

async function world() {
  const sim = new SimCluster();
  await sim.create([...checkoutObjects().map(withApproval), checkoutRelease()]);
  const serin = (args: readonly string[], objects: Objects = sim.objects) =>
    serinHere(commands, args, { connect: memoryConnect({ objects }), clock: sim.clock });
  return { sim, serin };
}

/** Drives it until something holds; the signal that stops the drive is an error, as a test's time limit is. */
async function driveUntil(sim: SimCluster, is: (status: ReleaseStatus) => boolean): Promise<ReleaseStatus> {
  const there = new Error('there');
  const each = (status: ReleaseStatus) => {
    if (is(status)) throw there;
  };
  await driveRelease(sim, { each }).catch((error: unknown) => {
    if (error !== there) throw error;
  });
  return readStatus(sim);
}

const awaitsApproval = ({ holding }: ReleaseStatus) => holding?.reason === 'AwaitingApproval';
const specOf = async (sim: SimCluster) => ((await sim.objects.get(RELEASE)) as Release).spec;

describe('serin status', () => {
  it('shows the releases of a namespace, one line each', async () => {
    const { sim, serin } = await world();
    await driveUntil(sim, (status) => status.step?.index === 3 && status.step.arrivedAt !== undefined);
    const { code, stdout } = await serin(['status', '-n', 'prod']);
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 6))).toEqual([
      ['NAME', 'SERVICE', 'PHASE', 'STEP', 'TRAFFIC', 'WHY'],
      ['checkout-v2', 'checkout-service', 'Running', 'shift', '10%', '-'],
      [''],
    ]);
  });

  it('says why a release has not begun, and shows no traffic of one that has ended', async () => {
    const { sim, serin } = await world();
    const second = checkoutRelease();
    const first = { ...second, metadata: { ...second.metadata, name: 'a-first' } };
    await sim.objects.remove(RELEASE);
    await sim.create([first, second]);
    await driveUntil(sim, ({ conditions = [] }) => conditions.some(({ reason }) => reason === 'ServiceTaken'));
    expect((await serin(['status', '-n', 'prod'])).stdout).toMatch(/^checkout-v2 .* Pending +- +- +ServiceTaken /m);
  });

  it('says on stderr that there is none, and has an empty list as JSON', async () => {
    const { serin } = await world();
    expect(await serin(['status', '-n', 'empty'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'there is no release in namespace empty\n',
    });
    expect((await serin(['status', '-n', 'empty', '-o', 'json'])).stdout).toBe('[]\n');
    expect((await serin(['status', '-A'])).stdout).toContain('prod       checkout-v2');
  });

  it('shows one release with its step, traffic, gates, conditions and last decisions', async () => {
    const { sim, serin } = await world();
    await driveUntil(sim, awaitsApproval);
    const { stdout } = await serin(['status', 'checkout-v2']);
    expect(stdout).toMatch(/^phase +Running, attempt 1$/m);
    expect(stdout).toMatch(/^step +4 of 6: shift 10%, \d+s of at least 4s$/m);
    expect(stdout).toMatch(/^traffic +canary 10%, confirmed by traffic at /m);
    expect(stdout).toMatch(/^held +AwaitingApproval since .*step 5 \(shift 50%\)/m);
    expect(stdout).toMatch(/^errors +inconclusive +the canary has had 30 of 100 requests/m);
    expect(stdout).toMatch(/^Held +True +AwaitingApproval/m);
    const json = JSON.parse((await serin(['status', 'checkout-v2', '-o', 'json'])).stdout);
    expect(json).toMatchObject({
      name: 'checkout-v2',
      phase: 'Running',
      canary: { deployment: 'checkout-service-v2' },
      step: { number: 4, of: 6, label: 'shift 10%' },
      traffic: { wanted: 'canary 10%', confirmed: { by: 'traffic' } },
      gates: [{ gate: 'errors', verdict: 'inconclusive', evidence: expect.anything() }],
    });
  });

  it('suggests the release that was meant', async () => {
    const { serin } = await world();
    const { code, stderr } = await serin(['status', 'chekout-v2']);
    expect(code).toBe(3);
    expect(stderr).toContain('did you mean `checkout-v2`? (found "chekout-v2"; accepted: checkout-v2) [SRN1802]');
  });
});

describe('serin approve', () => {
  it('gives an approval of the step and revision that are waited for, in one’s own name, and the release goes on', async () => {
    const { sim, serin } = await world();
    const status = await driveUntil(sim, awaitsApproval);
    const revision = status.accepted?.versions.canary.revision;
    const { code, stdout } = await serin(['approve', 'checkout-v2']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `checkout-v2: approved step 5 (shift 50%), revision ${revision}, as alice\n`,
    });
    const [approval] = (await sim.objects.list('Approval', 'prod')).items as readonly Approval[];
    expect(approval?.spec).toEqual({ release: 'checkout-v2', step: 5, revision, by: 'alice' });
    expect(approval?.metadata.ownerReferences).toMatchObject([{ kind: 'Release', name: 'checkout-v2' }]);
    const end = await driveRelease(sim);
    expect(end.phase).toBe('Promoted');
    expect(
      end.history?.find(({ reason, message }) => reason === 'NextStep' && message.includes('50%'))?.message,
    ).toMatch(/approved by alice$/);
  });

  it('is given once, and says whose it is', async () => {
    const { sim, serin } = await world();
    await driveUntil(sim, awaitsApproval);
    await serin(['approve', 'checkout-v2']);
    const again = await serin(['approve', 'checkout-v2', '--step', '5']);
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/is approved already, by alice$/m);
  });

  it('is refused for what waits for none, with the steps that will', async () => {
    const { sim, serin } = await world();
    await driveUntil(sim, ({ step }) => step?.index === 2);
    const { code, stderr } = await serin(['approve', 'checkout-v2']);
    expect(code).toBe(3);
    expect(stderr).toContain('waits for no approval now (accepted: --step 5 (shift 50%)) [SRN1808]');
    const other = await serin(['approve', 'checkout-v2', '--step', '4']);
    expect(other.stderr).toContain('step 4 of checkout-v2 wants no approval');
    expect((await serin(['approve', 'checkout-v2', '--step', '5'])).code).toBe(0);
  });

  it('of a release of the same name that was before does not count', async () => {
    const { sim } = await world();
    const status = await driveUntil(sim, awaitsApproval);
    const spec = { release: 'checkout-v2', step: 5, revision: status.accepted?.versions.canary.revision, by: 'bob' };
    const ownerReferences = [
      { apiVersion: 'serin.dev/v1alpha1', kind: 'Release', name: 'checkout-v2', uid: 'another' },
    ];
    const metadata = { name: 'old', namespace: 'prod', ownerReferences };
    await sim.objects.create({ apiVersion: 'serin.dev/v1alpha1', kind: 'Approval', metadata, spec });
    const later = await driveUntil(sim, ({ holding, clock }) => holding === undefined || clock === undefined).catch(
      () => readStatus(sim),
    );
    expect(later.holding?.reason).toBe('AwaitingApproval');
  });
});

describe('orders', () => {
  it('pause and resume a release; protections stay armed', async () => {
    const { sim, serin } = await world();
    await driveUntil(sim, ({ step }) => step?.index === 1);
    expect((await serin(['pause', 'checkout-v2'])).stdout).toBe('checkout-v2: paused; protections stay armed\n');
    expect((await serin(['pause', 'checkout-v2'])).stdout).toBe('checkout-v2: is paused already\n');
    await driveUntil(sim, ({ holding }) => holding?.reason === 'Paused');
    expect((await serin(['resume', 'checkout-v2'])).stdout).toBe('checkout-v2: goes on\n');
    expect(await specOf(sim)).not.toHaveProperty('paused');
    expect((await serin(['resume', 'checkout-v2'])).stdout).toMatch(/is not paused/);
    expect((await driveUntil(sim, awaitsApproval)).step?.index).toBe(3);
    expect((await serin(['resume', 'checkout-v2'])).stdout).toMatch(
      /is not paused; held: everything is ready for step 5/,
    );
  });

  it('abort puts traffic back', async () => {
    const { sim, serin } = await world();
    await driveUntil(sim, ({ step }) => step?.index === 3);
    expect((await serin(['abort', 'checkout-v2'])).stdout).toMatch(/aborted; traffic goes back to stable/);
    const end = await driveRelease(sim);
    expect(end).toMatchObject({ phase: 'RolledBack', rollBack: { outcome: 'aborted', reason: 'Aborted' } });
    const late = await serin(['abort', 'checkout-v2']);
    expect(late).toMatchObject({ code: 3, stdout: '' });
    expect(late.stderr).toMatch(/has ended: RolledBack at .* \[SRN1808\]$/m);
  });

  it('promote needs a reason, skips approvals and evidence, and is remembered with its reason', async () => {
    const { sim, serin } = await world();
    expect((await serin(['promote', 'checkout-v2'])).code).toBe(3);
    const early = await serin(['promote', 'checkout-v2', '--reason', 'x']);
    expect(early.stderr).toContain('is not accepted yet');
    sim.rate = 2;
    await driveUntil(sim, ({ step }) => step?.index === 1);
    const { stdout } = await serin(['promote', 'checkout-v2', '--reason', 'quiet night, tested by hand']);
    expect(stdout).toMatch(/promoted by hand, revision \w+; protections stay armed/);
    const end = await driveRelease(sim);
    expect(end).toMatchObject({ phase: 'Promoted', byHand: { reason: 'quiet night, tested by hand' } });
    const { stdout: shown } = await serin(['status', 'checkout-v2']);
    expect(shown).toMatch(/^by hand +since .*: quiet night, tested by hand$/m);
  });

  it('are given however often somebody else is faster', async () => {
    const { sim, serin } = await world();
    let conflicts = 0;
    const objects: Objects = {
      ...sim.objects,
      async update(object, options) {
        const standing = await sim.objects.get(RELEASE);
        if (conflicts++ < 3 && standing !== undefined)
          await sim.objects.update({
            ...standing,
            metadata: { ...standing.metadata, labels: { try: String(conflicts) } },
          });
        return sim.objects.update(object, options);
      },
    };
    expect((await serin(['pause', 'checkout-v2'], objects)).code).toBe(0);
    expect(await specOf(sim)).toMatchObject({ paused: true });
  });
});

describe('serin watch', () => {
  const watching = (args: readonly string[], sim: SimCluster, stage: object = {}) =>
    serinHere(commands, ['watch', 'checkout-v2', ...args], {
      connect: memoryConnect({ objects: sim.objects }),
      clock: sim.clock,
      ...stage,
    });

  it('tells each thing once as it happens and ends with the release and its exit code', async () => {
    const { sim, serin } = await world();
    const watched = watching([], sim);
    await driveUntil(sim, awaitsApproval);
    await serin(['approve', 'checkout-v2']);
    await driveRelease(sim);
    const { code, stdout } = await watched;
    expect(code).toBe(0);
    for (const line of [
      /accepted +stable checkout-service-v1 \(\w+\), canary checkout-service-v2/,
      /mirror 10% +step 2 of 6 begins/,
      /shift 10% +confirmed in /,
      /hold +everything is ready for step 5 \(shift 50%\), which wants an approval: serin approve checkout-v2 -n prod --step 5/,
      /promoted +checkout-service-v2 after .*: checkout-service-v2 is the new stable/,
    ])
      expect(stdout.match(new RegExp(line, 'g'))).toHaveLength(1);
    expect(stdout).not.toContain('users');
  });

  it('of a release that rolled back ends with 1, and the report as JSON', async () => {
    const { sim } = await world();
    sim.canaryErrors = 0.2;
    await driveRelease(sim);
    const { code, stdout } = await watching(['-o', 'json'], sim);
    expect(code).toBe(1);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      outcome: 'rolledBack',
      release: { name: 'checkout-v2', stable: 'checkout-service-v1' },
    });
    expect(report).not.toHaveProperty('users');
  });

  it('begins with where the release stands, and ends with 2 when the time is up', async () => {
    const { sim } = await world();
    await driveUntil(sim, awaitsApproval);
    const { code, stdout } = await watching(['--timeout', '1ms'], sim);
    expect(code).toBe(2);
    expect(stdout).toMatch(/shift 10% +step 4 of 6 begins/);
    expect(stdout).toMatch(/hold +everything is ready for step 5/);
    expect(stdout).toMatch(/inconclusive .*watched no longer: Running, held: /);
  });

  it('ends with 130 when it is interrupted, and as rolled back when the release is deleted', async () => {
    const { sim } = await world();
    await driveUntil(sim, ({ step }) => step?.index === 1);
    expect(await watching([], sim, { interrupt: AbortSignal.abort() })).toMatchObject({ code: 130 });
    const watched = watching([], sim);
    await driveUntil(sim, ({ step }) => step?.index === 2);
    await sim.objects.remove(RELEASE);
    await expect(driveRelease(sim)).rejects.toThrow('the release is gone');
    expect((await watched).code).toBe(1);
  });

  it('goes on when the cluster was away for a while', async () => {
    const { sim } = await world();
    let away = 0;
    const objects = createFaultyObjects(sim.objects, (verb) =>
      verb === 'watch' && away++ < 2 ? 'Unavailable' : undefined,
    );
    const watched = watching([], sim, { connect: memoryConnect({ objects }) });
    sim.canaryErrors = 0.2;
    await driveRelease(sim);
    const { code, stdout } = await watched;
    expect(code).toBe(1);
    expect(stdout).toMatch(/cluster +.*away/);
    expect(stdout).toMatch(/roll back /);
  });
});

describe('serin plan', () => {
  const steps = (stdout: string) => JSON.parse(stdout)[0].steps as { kind: string; objects: KubeObject[] }[];

  it('of a release that stands in the cluster shows its routes as they will be, also when it is under way', async () => {
    const { sim, serin } = await world();
    const before = await serin(['plan', 'checkout-v2', '-o', 'json']);
    expect(before).toMatchObject({ code: 0, stderr: '' });
    await driveUntil(sim, ({ step }) => step?.index === 3);
    const after = await serin(['plan', 'checkout-v2', '-n', 'prod', '-o', 'json']);
    const specs = (stdout: string) => steps(stdout).map(({ kind, objects }) => [kind, objects.map(({ spec }) => spec)]);
    expect(specs(after.stdout)).toEqual(specs(before.stdout));
    expect(steps(after.stdout).map(({ kind }) => kind)).toEqual([
      'baseline',
      'mirror',
      'mirror',
      'shift',
      'shift',
      'bake',
      'promoted',
    ]);
  });

  it('reads files where one of that name is there, and tells of a name that neither has', async () => {
    const { serin } = await world();
    expect((await serin(['plan', 'examples/checkout/manifests', '-o', 'table'])).code).toBe(0);
    expect((await serin(['plan', 'checkout-v3'])).stderr).toContain('no Release `checkout-v3` in namespace prod');
  });
});

describe('serin lint --cluster', () => {
  it('has nothing against a release that is under way: its routes are as it has made them', async () => {
    const { sim, serin } = await world();
    await driveUntil(sim, (status) => status.step?.index === 3 && status.step.arrivedAt !== undefined);
    expect((await serin(['lint', '--cluster', '-n', 'prod'])).code).toBe(0);
  });

  it('checks what stands in a namespace, or in all', async () => {
    const { sim, serin } = await world();
    expect(await serin(['lint', '--cluster'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^fine: 7 objects/),
    });
    await sim.objects.remove({ kind: 'ReleasePolicy', namespace: 'prod', name: 'web' });
    const { code, stderr } = await serin(['lint', '--cluster', '-A']);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^Release\/prod\/checkout-v2 spec\.policy: no ReleasePolicy `web` in namespace prod.*\[SRN1201\]$/m,
    );
  });

  it('is one of two: files or a cluster', async () => {
    const { serin } = await world();
    expect((await serin(['lint', '--cluster', 'x'])).stderr).toContain('either files or --cluster is checked');
    expect((await serin(['lint', '-n', 'prod', 'x'])).stderr).toContain(
      '--namespace names a cluster, and files are checked',
    );
  });
});

describe('what a cluster refuses', () => {
  it.each([
    ['Unavailable', 4, 'SRN1804'],
    ['Forbidden', 4, 'SRN1805'],
    ['NotFound', 4, 'SRN1806'],
  ] as const)('%s ends the command with %i and says what to do', async (reason, exit, code) => {
    const { sim, serin } = await world();
    const objects = createFaultyObjects(sim.objects, () => reason);
    const told = await serin(['pause', 'checkout-v2'], objects);
    expect(told).toMatchObject({ code: exit, stdout: '' });
    expect(told.stderr).toMatch(new RegExp(`accepted: .*\\[${code}\\]$`, 'm'));
  });

  it('no kubeconfig is told as it is', async () => {
    const problem = { code: 'SRN1803', place: {}, message: 'there is no kubeconfig' } as const;
    const told = await serinHere(commands, ['status'], { connect: async () => failed(problem) });
    expect(told).toEqual({ code: 3, stdout: '', stderr: 'there is no kubeconfig [SRN1803]\n' });
  });
});
