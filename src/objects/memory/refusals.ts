// The rules of metadata that hold for every kind, checked on every write beside the kind's own schema.
// Never looks into spec. Called by memory.ts; pure.
import { formatRef, type KubeObject, refOf } from '../../api/object.ts';
import type { Problem } from '../../lib/problem.ts';

/** Strict checking of one object; `previous` is the one it replaces, for rules about what may change. */
export type Validate = (object: KubeObject, previous?: KubeObject) => readonly Problem[];

/** etcd's default limit for one request. */
const MAX_BYTES = 1_572_864;

export function refusals(object: KubeObject, previous: KubeObject | undefined, bytes: number): readonly Problem[] {
  const refuse = (path: string, message: string): Problem => ({
    code: 'SRN1801',
    place: { object: formatRef(refOf(object)), path },
    message,
  });
  const { finalizers = [], ownerReferences = [] } = object.metadata;
  // What is given as null is given as nothing.
  const labels = object.metadata.labels ?? {};
  const annotations = object.metadata.annotations ?? {};
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
  for (const [key, value] of Object.entries(labels)) {
    if (!isQualifiedName(key)) problems.push(refuse('metadata.labels', `\`${key}\` cannot be a label`));
    else if (!LABEL_VALUE.test(value))
      problems.push(refuse('metadata.labels', `\`${value}\` cannot be the value of ${key}`));
  }
  for (const key of Object.keys(annotations)) {
    if (!isQualifiedName(key.toLowerCase()))
      problems.push(refuse('metadata.annotations', `\`${key}\` cannot be an annotation`));
  }
  if (sizeOf(annotations) > MAX_ANNOTATION_BYTES)
    problems.push(refuse('metadata.annotations', `more than ${MAX_ANNOTATION_BYTES} bytes in all`));
  if (bytes > MAX_BYTES)
    problems.push({
      ...refuse('', 'the object is too large'),
      found: `${bytes} bytes`,
      accepted: `${MAX_BYTES} bytes`,
    });
  return problems;
}

const MAX_ANNOTATION_BYTES = 262_144;
const NAME = '[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const LABEL_VALUE = new RegExp(`^(?:${NAME})?$`);
const QUALIFIED = new RegExp(`^(?:(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)/)?${NAME}$`);

/** A DNS name and a slash, where it is somebody's own; then at most 63 letters, digits, `-`, `_` and `.`. */
const isQualifiedName = (key: string): boolean => QUALIFIED.test(key);

const sizeOf = (map: Readonly<Record<string, string>>): number =>
  Object.entries(map).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
