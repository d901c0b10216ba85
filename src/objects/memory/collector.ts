// Garbage collection: an object whose owners are all gone is removed, in the background, as kube-controller-manager does.
// Never removes what still has an owner (it drops the dangling reference). Called by memory.ts after a write.
import { DEFAULT_NAMESPACE, type KubeObject, refOf } from '../../api/object.ts';
import type { Store } from './store.ts';

/** How the collector acts; both go through the ordinary rules of finalizers and resourceVersions. */
export interface CollectorActions {
  remove(object: KubeObject): void;
  /** Stores the object with fewer owners. */
  disown(object: KubeObject): void;
}

export interface Collector {
  /** An object has gone for good: look after its dependants. */
  gone(owner: KubeObject): void;
  /** An object was written with owners: they may never have existed. */
  written(dependant: KubeObject): void;
}

export function createCollector(store: Store, actions: CollectorActions): Collector {
  // In a microtask: the one who removed the owner sees dependants go later, never within the call.
  const later = (object: KubeObject) => queueMicrotask(() => collect(object));

  function collect(seen: KubeObject): void {
    const object = store.get(refOf(seen));
    if (object === undefined || object.metadata.uid !== seen.metadata.uid) return;
    const owners = object.metadata.ownerReferences ?? [];
    const standing = owners.filter(
      (owner) =>
        store.get({ kind: owner.kind, namespace: namespaceOf(object), name: owner.name })?.metadata.uid === owner.uid,
    );
    if (owners.length === 0 || standing.length === owners.length) return;
    if (standing.length === 0) actions.remove(object);
    else actions.disown({ ...object, metadata: { ...object.metadata, ownerReferences: standing } });
  }

  return {
    gone(owner) {
      for (const object of store.everything()) if (ownedBy(object, owner)) later(object);
    },
    written(dependant) {
      if (dependant.metadata.ownerReferences !== undefined) later(dependant);
    },
  };
}

const namespaceOf = (object: KubeObject): string => object.metadata.namespace ?? DEFAULT_NAMESPACE;

const ownedBy = (object: KubeObject, owner: KubeObject): boolean =>
  object.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid) ?? false;
