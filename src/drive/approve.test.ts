import { describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { RELEASE } from '../../test/support/drive-release.ts';
import { acceptedStatus, PLAN } from '../../test/support/model-world.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import { reasonOf } from '../lib/problem.ts';
import { fencedObjects } from '../objects/fenced.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import type { ReleaseStatus } from '../release/status.ts';
import { approver } from './approve.ts';

const AT = '2026-01-01T00:00:00.000Z';

function asking(index: number): ReleaseStatus {
  const holding = { since: AT, policy: 'approval', reason: 'AwaitingApproval', message: '' } as const;
  return { ...acceptedStatus(Date.parse(AT), PLAN), step: { index, enteredAt: AT }, holding };
}

async function approvalsAfter(promised: readonly number[], status: ReleaseStatus): Promise<unknown> {
  const sim = new SimCluster();
  await sim.create([...checkoutObjects(), checkoutRelease()]);
  const onTrouble = (error: unknown) => expect(error).toBeUndefined();
  const approve = approver({ objects: sim.objects, ref: RELEASE, steps: promised, onTrouble });
  approve(status);
  await new Promise(setImmediate);
  return (await sim.objects.get(RELEASE))?.spec;
}

describe('approvals promised on the command line', () => {
  it('are given for the revision at hand when the step they name is asked for', async () => {
    expect(await approvalsAfter([4], asking(2))).toMatchObject({ approved: [{ step: 4, revision: 'c1' }] });
  });

  it('are given for the first step too, which nobody enters', async () => {
    expect(await approvalsAfter([1], asking(0))).toMatchObject({ approved: [{ step: 1, revision: 'c1' }] });
  });

  it('are never given for a step that was not named, nor before anything is asked', async () => {
    expect(await approvalsAfter([1, 5], asking(2))).not.toHaveProperty('approved');
    expect(await approvalsAfter([1], acceptedStatus(Date.parse(AT), PLAN))).not.toHaveProperty('approved');
  });

  it('that cannot be given are told, once for each reason, and tried again', async () => {
    const sim = new SimCluster();
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const refusals = [
      new ObjectsError('Forbidden', 'may not update releases'),
      new ObjectsError('Forbidden', 'may not update releases'),
      new ObjectsError('Unavailable', 'no answer'),
    ];
    const objects: Objects = {
      ...sim.objects,
      update: async (object) => {
        const refusal = refusals.shift();
        if (refusal !== undefined) throw refusal;
        return sim.objects.update(object);
      },
    };
    const troubles: unknown[] = [];
    const approve = approver({ objects, ref: RELEASE, steps: [4], onTrouble: (error) => troubles.push(error) });
    for (let turn = 0; turn < 4; turn++) {
      approve(asking(2));
      await new Promise(setImmediate);
    }
    expect(troubles.map(reasonOf)).toEqual(['may not update releases', 'no answer']);
    expect((await sim.objects.get(RELEASE))?.spec).toMatchObject({ approved: [{ step: 4 }] });
  });

  it('are no trouble when the controller was faster, or somebody else drives now', async () => {
    const sim = new SimCluster();
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const faster = { ...sim.objects, update: () => Promise.reject(new ObjectsError('Conflict', 'newer')) };
    const troubles: unknown[] = [];
    for (const objects of [faster, fencedObjects(sim.objects, () => false)]) {
      approver({ objects, ref: RELEASE, steps: [4], onTrouble: (error) => troubles.push(error) })(asking(2));
      await new Promise(setImmediate);
    }
    expect(troubles).toEqual([]);
  });
});
