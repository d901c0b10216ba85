// What is known of one kind's objects: from lists, from a watch, and from the answers to one's own writes, which come in any order.
// Never shows an older state after a newer one, never asks anybody. Called by informer.ts.
import { type KubeObject, type ObjectRef, refOf } from '../api/object.ts';
import { type Labels, selects } from '../api/selector.ts';
import { createLabelIndex, type LabelIndex } from './label-index.ts';
import type { WatchEvent } from './objects.ts';
import { compareVersions } from './versions.ts';

export type Change =
  | { readonly type: 'added'; readonly object: KubeObject }
  | { readonly type: 'modified'; readonly object: KubeObject; readonly previous: KubeObject }
  /** `object` is its last known state. */
  | { readonly type: 'deleted'; readonly object: KubeObject };

export interface View {
  get(namespace: string, name: string): KubeObject | undefined;
  /** `labels`: only objects that have all of these. */
  list(namespace?: string, labels?: Labels): readonly KubeObject[];
  /** The resourceVersion up to which everything is known, whoever wrote it. */
  version(): string | undefined;
  /** All there is, as of that version. */
  listed(items: readonly KubeObject[], resourceVersion: string): void;
  /** What a watch says; in the order of versions. */
  told(event: WatchEvent): void;
  /** The state of an object that a write or a direct read was answered with. */
  learned(object: KubeObject): void;
  /** It was removed by a call of one's own, and is not there any more. */
  removed(ref: ObjectRef, uid: string): void;
}

export function createView(onChange: (change: Change) => void): View {
  const shelves = new Map<string, Shelf>();
  /** Known from answers, and not yet seen where everything is seen. */
  const ahead = new Set<string>();
  /** Uids of what was removed, whose end the watch has not told yet. */
  const gone = new Set<string>();
  let seen: string | undefined;

  const find = ({ namespace, name }: Omit<ObjectRef, 'kind'>) => shelves.get(namespace)?.objects.get(name);

  function put(object: KubeObject): void {
    const { namespace, name } = refOf(object);
    const previous = find({ namespace, name });
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) drop(previous);
    const shelf: Shelf = shelves.get(namespace) ?? { objects: new Map() };
    shelves.set(namespace, shelf);
    if (previous !== undefined) shelf.index?.remove(previous);
    shelf.index?.add(object);
    shelf.objects.set(name, object);
    const isSame = previous?.metadata.uid === object.metadata.uid;
    onChange(previous !== undefined && isSame ? { type: 'modified', object, previous } : { type: 'added', object });
  }

  /** `last`: its state as the server told it in the end. */
  function drop(known: KubeObject, last = known): void {
    const { namespace, name } = refOf(known);
    const shelf = shelves.get(namespace);
    shelf?.objects.delete(name);
    shelf?.index?.remove(known);
    if (shelf?.objects.size === 0) shelves.delete(namespace);
    ahead.delete(keyOf(known));
    onChange({ type: 'deleted', object: last });
  }

  const isNews = (object: KubeObject, known = find(refOf(object))): boolean =>
    !gone.has(object.metadata.uid ?? '') &&
    (known === undefined || compareVersions(object.metadata.resourceVersion, known.metadata.resourceVersion) > 0);

  const isAhead = (object: KubeObject, version: string): boolean =>
    ahead.has(keyOf(object)) && compareVersions(object.metadata.resourceVersion, version) > 0;

  function changed(object: KubeObject): void {
    if (!isNews(object)) return;
    ahead.delete(keyOf(object));
    put(object);
  }

  function ended(object: KubeObject): void {
    gone.delete(object.metadata.uid ?? '');
    const known = find(refOf(object));
    const version = object.metadata.resourceVersion ?? '';
    if (known !== undefined && !isAhead(known, version)) drop(known, object);
  }

  return {
    get: (namespace, name) => find({ namespace, name }),
    list(namespace, labels = {}) {
      if (namespace === undefined) return [...everything(shelves)].filter(has(labels));
      const shelf = shelves.get(namespace);
      if (shelf === undefined) return [];
      if (Object.keys(labels).length === 0) return [...shelf.objects.values()];
      shelf.index ??= createLabelIndex(shelf.objects.values());
      return shelf.index.find(labels);
    },
    version: () => seen,
    listed(items, resourceVersion) {
      const listed = new Map(items.map((object) => [keyOf(object), object]));
      const uids = new Set(items.map(({ metadata }) => metadata.uid));
      for (const uid of gone) if (!uids.has(uid)) gone.delete(uid);
      for (const known of [...everything(shelves)])
        if (!listed.has(keyOf(known)) && !isAhead(known, resourceVersion)) drop(known);
      for (const object of items) {
        const known = find(refOf(object));
        const same = known?.metadata.resourceVersion === object.metadata.resourceVersion;
        // What is known may be of another history (a restored server): a list counts more than anything but an answer after it.
        if (same || gone.has(object.metadata.uid ?? '')) continue;
        if (known !== undefined && isAhead(known, resourceVersion)) continue;
        put(object);
      }
      seen = resourceVersion;
    },
    told(event) {
      const version = event.type === 'bookmark' ? event.resourceVersion : event.object.metadata.resourceVersion;
      if (compareVersions(version, seen) <= 0) return;
      if (event.type === 'deleted') ended(event.object);
      else if (event.type !== 'bookmark') changed(event.object);
      seen = version;
    },
    learned(object) {
      // Whatever happened up to there has been told already, this state or a later one, or its end.
      if (compareVersions(object.metadata.resourceVersion, seen) <= 0 || !isNews(object)) return;
      put(object);
      ahead.add(keyOf(object));
    },
    removed(ref, uid) {
      const known = find(ref);
      if (known?.metadata.uid !== uid) return;
      gone.add(uid);
      drop(known);
    },
  };
}

/** One namespace's. */
interface Shelf {
  readonly objects: Map<string, KubeObject>;
  index?: LabelIndex;
}

function* everything(shelves: ReadonlyMap<string, Shelf>): Generator<KubeObject> {
  for (const { objects } of shelves.values()) yield* objects.values();
}

const has =
  (labels: Labels) =>
  ({ metadata }: KubeObject): boolean =>
    selects(labels, metadata.labels ?? {});

const keyOf = (object: KubeObject): string => {
  const { namespace, name } = refOf(object);
  return `${namespace}/${name}`;
};
