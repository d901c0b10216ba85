// Where the objects stand: current state by kind and name, every change stamped with the next resourceVersion.
// Never decides whether a write is allowed (memory.ts does). Called by memory.ts and collector.ts.
import type { KubeObject, ObjectRef } from '../../api/object.ts';
import { refOf } from '../../api/object.ts';
import type { History } from './history.ts';
import { overTheWire } from './json.ts';

export interface Store {
  get(ref: ObjectRef): KubeObject | undefined;
  /** In the order of namespace and name, as etcd's keys are. */
  list(kind: string, namespace?: string): readonly KubeObject[];
  everything(): Iterable<KubeObject>;
  /** Replaces or adds; answers the object as stored, frozen. */
  put(object: KubeObject): KubeObject;
  drop(object: KubeObject): KubeObject;
}

const keyOf = (ref: ObjectRef): string => `${ref.namespace}/${ref.name}`;

export function createStore(history: History): Store {
  const kinds = new Map<string, Map<string, KubeObject>>();

  const shelf = (kind: string) => {
    const found = kinds.get(kind) ?? new Map<string, KubeObject>();
    kinds.set(kind, found);
    return found;
  };

  return {
    get: (ref) => kinds.get(ref.kind)?.get(keyOf(ref)),
    list: (kind, namespace) =>
      [...(kinds.get(kind) ?? [])]
        .filter(([, object]) => namespace === undefined || object.metadata.namespace === namespace)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object),
    *everything() {
      for (const objects of kinds.values()) yield* objects.values();
    },
    put(object) {
      const key = keyOf(refOf(object));
      const shelved = shelf(object.kind);
      const stored = history.append(shelved.has(key) ? 'modified' : 'added', (version) => stamped(object, version));
      shelved.set(key, stored);
      return stored;
    },
    drop(object) {
      shelf(object.kind).delete(keyOf(refOf(object)));
      return history.append('deleted', (version) => stamped(object, version));
    },
  };
}

const stamped = (object: KubeObject, version: number): KubeObject =>
  overTheWire({ ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }).value;
