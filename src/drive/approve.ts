// Gives the approvals that the command line promised, for the revision that really runs, when they are asked for.
// Never approves a step that was not named, never keeps to itself that it could not. Called by rehearsal and run with every status.
import type { KubeObject, ObjectRef } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { reasonOf } from '../lib/problem.ts';
import { Fenced } from '../objects/fenced.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import type { ReleaseStatus } from '../release/status.ts';

export interface Approver {
  readonly objects: Objects;
  readonly ref: ObjectRef;
  /** Counted from 1. */
  readonly steps: readonly number[];
  /** An approval could not be given, told once for each reason; it is tried again at the next turn. */
  readonly onTrouble: (error: unknown) => void;
}

export function approver({ objects, ref, steps, onTrouble }: Approver): (status: ReleaseStatus) => void {
  let told: string | undefined;
  return (status) => {
    if (status.holding?.reason !== 'AwaitingApproval' || status.step === undefined) return;
    // The next one, counted from 1; the first step's own is asked for while it stands.
    const { index } = status.step;
    const asked = steps.filter((step) => step === index + 2 || (index === 0 && step === 1));
    const revision = status.accepted?.versions.canary.revision;
    if (asked.length === 0 || revision === undefined) return;
    write(objects, ref, asked, revision).catch((error: unknown) => {
      // The controller was faster, or somebody else drives now: that is told elsewhere.
      const isConflict = error instanceof ObjectsError && error.reason === 'Conflict';
      if (isConflict || error instanceof Fenced || told === reasonOf(error)) return;
      told = reasonOf(error);
      onTrouble(error);
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
