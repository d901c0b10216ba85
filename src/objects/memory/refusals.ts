// The rules of metadata that hold for every kind, checked on every write beside the kind's own schema.
// Never looks into spec. Called by memory.ts; pure.
import { formatRef, type KubeObject, refOf } from '../../api/object.ts';
import type { Problem } from '../../lib/problem.ts';

/** Strict checking of one object; `previous` is the one it replaces, for rules about what may change. */
export type Validate = (object: KubeObject, previous?: KubeObject) => readonly Problem[];

/** etcd's default limit for one request. */
export const MAX_BYTES = 1_572_864;

export function refusals(object: KubeObject, previous: KubeObject | undefined, bytes: number): readonly Problem[] {
  const refuse = (path: string, message: string): Problem => ({
    code: 'SRN1801',
    place: { object: formatRef(refOf(object)), path },
    message,
  });
  const { finalizers = [], ownerReferences = [] } = object.metadata;
  const problems: Problem[] = [];
  if (!object.metadata.name) problems.push(refuse('metadata.name', 'an object needs a name'));
  if (ownerReferences.filter((owner) => owner.controller === true).length > 1)
    problems.push(refuse('metadata.ownerReferences', 'only one owner may be the controller'));
  if (ownerReferences.some((owner) => !owner.apiVersion || !owner.kind || !owner.name || !owner.uid))
    problems.push(refuse('metadata.ownerReferences', 'an owner needs apiVersion, kind, name and uid'));
  if (previous?.metadata.deletionTimestamp !== undefined) {
    const added = finalizers.filter((finalizer) => !previous.metadata.finalizers?.includes(finalizer));
    if (added.length > 0)
      problems.push(refuse('metadata.finalizers', 'no finalizer may be added to an object on its way out'));
  }
  if (bytes > MAX_BYTES)
    problems.push({
      ...refuse('', 'the object is too large'),
      found: `${bytes} bytes`,
      accepted: `${MAX_BYTES} bytes`,
    });
  return problems;
}
