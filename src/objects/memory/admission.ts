// What the API server makes of an object on its way in: metadata it owns, fields each kind of write may touch.
// Never stores, never validates a schema. Called by memory.ts; pure.
// Source: Kubernetes API conventions (metadata, generation, status subresource) and apiserver registry/rest.
import { DEFAULT_NAMESPACE, type KubeObject, type ObjectMeta } from '../../api/object.ts';
import { sameJson } from './json.ts';

/** What the server knows about a kind it serves. */
export interface ServedKind {
  /** Has a status subresource: `update` ignores status, `updateStatus` all else. */
  readonly hasStatus: boolean;
}

export interface Stamp {
  readonly uid: string;
  /** RFC 3339 with whole seconds, as Kubernetes writes them. */
  readonly creationTimestamp: string;
}

export function forCreate(given: KubeObject, served: ServedKind, stamp: Stamp): KubeObject {
  const { resourceVersion, deletionTimestamp, generation, ...metadata } = given.metadata;
  const generated = given.spec === undefined ? {} : { generation: 1 };
  const body = served.hasStatus ? without(given, 'status') : given;
  return withEncodedSecret({
    ...body,
    metadata: prune({ ...metadata, namespace: metadata.namespace ?? DEFAULT_NAMESPACE, ...stamp, ...generated }),
  });
}

export function forUpdate(given: KubeObject, stored: KubeObject, served: ServedKind): KubeObject {
  const body = served.hasStatus ? { ...without(given, 'status'), ...pick(stored, 'status') } : given;
  const next = withEncodedSecret({ ...body, metadata: prune({ ...given.metadata, ...ownedBy(stored.metadata) }) });
  return sameJson(specOf(next), specOf(stored)) ? next : bumped(next);
}

export function forStatus(given: KubeObject, stored: KubeObject): KubeObject {
  return { ...without(stored, 'status'), ...pick(given, 'status') };
}

/** Marked for deletion, while finalizers stand. The API server counts that as a change of what is wanted. */
export function forDeletion(stored: KubeObject, deletionTimestamp: string): KubeObject {
  if (stored.metadata.deletionTimestamp !== undefined) return stored;
  return bumped({ ...stored, metadata: { ...stored.metadata, deletionTimestamp } });
}

/** Fields of metadata that only the server writes; an update keeps them whatever it says. */
function ownedBy(stored: ObjectMeta): Partial<ObjectMeta> {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = stored;
  return Object.fromEntries(
    Object.entries({ name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp }),
  );
}

/** Everything that says what is wanted. Annotations are part of a Deployment's (apps/v1 deployment strategy). */
function specOf(object: KubeObject): unknown {
  const { apiVersion, metadata, status, ...wanted } = object;
  return object.kind === 'Deployment' ? { ...wanted, annotations: metadata.annotations } : wanted;
}

const bumped = (object: KubeObject): KubeObject =>
  object.metadata.generation === undefined
    ? object
    : { ...object, metadata: { ...object.metadata, generation: object.metadata.generation + 1 } };

/** Empty maps and lists of metadata are left out, as `omitempty` does. */
function prune(metadata: ObjectMeta): ObjectMeta {
  const kept = Object.entries(metadata).filter(
    ([, value]) => value !== undefined && !(typeof value === 'object' && Object.keys(value).length === 0),
  );
  return Object.fromEntries(kept) as unknown as ObjectMeta;
}

/** A Secret's `stringData` is write-only: it is merged into `data`, base64. */
function withEncodedSecret(
  object: KubeObject & { readonly stringData?: Readonly<Record<string, string>> },
): KubeObject {
  if (object.kind !== 'Secret' || object.stringData === undefined) return object;
  const encoded = Object.entries(object.stringData).map(([key, value]) => [
    key,
    Buffer.from(value, 'utf8').toString('base64'),
  ]);
  return { ...without(object, 'stringData'), data: { ...object.data, ...Object.fromEntries(encoded) } };
}

function without(object: KubeObject, key: string): KubeObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)) as unknown as KubeObject;
}

const pick = (object: KubeObject, key: 'status'): Partial<KubeObject> =>
  object[key] === undefined ? {} : { [key]: object[key] };
