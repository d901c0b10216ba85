// The approvals that a release has been given: Approval objects, whose author Kubernetes vouches for, and those in its own spec.
// Never decides whether one counts (policy `approval` does, by step and revision). Called by gather.
import type { Approval } from '../api/approval.ts';
import { refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import type { Objects } from '../objects/objects.ts';
import type { GivenApproval } from '../release/input.ts';
import type { Plan } from '../release/plan.ts';

export async function readApprovals(objects: Objects, release: Release, plan: Plan): Promise<readonly GivenApproval[]> {
  const own: readonly GivenApproval[] = release.spec.approved ?? [];
  if (!plan.steps.some(({ approval }) => approval)) return own;
  const { items } = await objects.list('Approval', refOf(release).namespace);
  const given = (items as readonly Approval[]).filter((approval) => isFor(approval, release));
  return [...given.map(({ spec: { step, revision, by } }) => ({ step, revision, by })), ...own];
}

/** One that a release of the same name once got is not this one's. */
function isFor({ spec, metadata }: Approval, release: Release): boolean {
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'Release');
  return spec.release === release.metadata.name && (owner === undefined || owner.uid === release.metadata.uid);
}
