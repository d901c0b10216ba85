// Gives the approvals that the command line promised, for the revision that really runs, when they are asked for.
// Never approves a step that was not named. Called by rehearse.ts with every status.
import type { KubeObject, ObjectRef } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import type { ReleaseStatus } from '../release/status.ts';

export function approver(objects: Objects, ref: ObjectRef, steps: readonly number[]): (status: ReleaseStatus) => void {
  return (status) => {
    if (status.holding?.reason !== 'AwaitingApproval' || status.step === undefined) return;
    const step = status.step.index + 2;
    const revision = status.accepted?.versions.canary.revision;
    if (!steps.includes(step) || revision === undefined) return;
    // A conflict is met again at the next turn, which asks again.
    write(objects, ref, { step, revision }).catch((error: unknown) => {
      if (!(error instanceof ObjectsError)) throw error;
    });
  };
}

async function write(objects: Objects, ref: ObjectRef, approval: { step: number; revision: string }): Promise<void> {
  const release = (await objects.get(ref)) as Release | undefined;
  const given = release?.spec.approved ?? [];
  if (
    release === undefined ||
    given.some(({ step, revision }) => step === approval.step && revision === approval.revision)
  )
    return;
  await objects.update({ ...release, spec: { ...release.spec, approved: [...given, approval] } } as KubeObject);
}
