// Gives the approvals that the command line promised, for the revision that really runs, when they are asked for.
// Never approves a step that was not named. Called by rehearsal and run with every status.
import type { KubeObject, ObjectRef } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import type { ReleaseStatus } from '../release/status.ts';

export function approver(objects: Objects, ref: ObjectRef, steps: readonly number[]): (status: ReleaseStatus) => void {
  return (status) => {
    if (status.holding?.reason !== 'AwaitingApproval' || status.step === undefined) return;
    // The next one, counted from 1; the first step's own is asked for while it stands.
    const { index } = status.step;
    const asked = steps.filter((step) => step === index + 2 || (index === 0 && step === 1));
    const revision = status.accepted?.versions.canary.revision;
    if (asked.length === 0 || revision === undefined) return;
    // A conflict is met again at the next turn, which asks again.
    write(objects, ref, asked, revision).catch((error: unknown) => {
      if (!(error instanceof ObjectsError)) throw error;
    });
  };
}

async function write(objects: Objects, ref: ObjectRef, steps: readonly number[], revision: string): Promise<void> {
  const release = (await objects.get(ref)) as Release | undefined;
  const given = release?.spec.approved ?? [];
  const open = steps.filter((step) => !given.some((one) => one.step === step && one.revision === revision));
  if (release === undefined || open.length === 0) return;
  const approved = [...given, ...open.map((step) => ({ step, revision }))];
  await objects.update({ ...release, spec: { ...release.spec, approved } } as KubeObject);
}
