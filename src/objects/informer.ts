// A cached view of one kind: lists, watches, resumes, and lists again when the history has expired; tells of each change.
// Never writes, never guesses: what it shows is what the server said last. Called by kubelet, mesh and controller.
import { type KubeObject, type ObjectRef, refOf } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import { type Objects, ObjectsError } from './objects.ts';

export type Change =
  | { readonly type: 'added'; readonly object: KubeObject }
  | { readonly type: 'modified'; readonly object: KubeObject; readonly previous: KubeObject }
  /** `object` is its last known state. */
  | { readonly type: 'deleted'; readonly object: KubeObject };

export interface InformerOptions {
  readonly objects: Objects;
  readonly kind: string;
  readonly clock: Clock;
  /** Ends the informer; what it knows stays readable. */
  readonly signal: AbortSignal;
  /** Called in order, first for everything in the first list. A throw ends the informer: `done` rejects with it. */
  readonly onChange?: (change: Change) => void;
  /** The API server cannot be reached or answers wrongly; the informer goes on trying. */
  readonly onTrouble?: (error: ObjectsError) => void;
  /** Wait before the first retry, doubling up to sixteen times as much. */
  readonly retryMs?: number;
}

export interface Informer {
  get(namespace: string, name: string): KubeObject | undefined;
  list(namespace?: string): readonly KubeObject[];
  /** Resolves when the first list is in the view; rejects when the informer ended before. */
  readonly synced: Promise<void>;
  /** Resolves after the signal; rejects on anything that is not an ObjectsError (a bug, or an injected death). */
  readonly done: Promise<void>;
}

export function startInformer(options: InformerOptions): Informer {
  const { objects, kind, signal, onChange = () => {}, onTrouble = () => {} } = options;
  const view = new Map<string, KubeObject>();
  const synced = Promise.withResolvers<void>();

  function put(object: KubeObject): void {
    const key = keyOf(refOf(object));
    const previous = view.get(key);
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    view.set(key, object);
    onChange(previous === undefined ? { type: 'added', object } : { type: 'modified', object, previous });
  }

  function drop(object: KubeObject): void {
    if (view.delete(keyOf(refOf(object)))) onChange({ type: 'deleted', object });
  }

  /** Answers the resourceVersion from which to watch. */
  async function relist(): Promise<string> {
    const { items, resourceVersion } = await objects.list(kind);
    const listed = new Map(items.map((object) => [keyOf(refOf(object)), object]));
    for (const [key, object] of [...view]) {
      // Gone, or gone and made anew under the same name while nobody watched.
      if (listed.get(key)?.metadata.uid !== object.metadata.uid) drop(object);
    }
    for (const object of items) put(object);
    return resourceVersion;
  }

  async function follow(): Promise<void> {
    let from: string | undefined;
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (from === undefined) {
          from = await relist();
          synced.resolve();
        }
        for await (const event of objects.watch(kind, from, signal)) {
          failures = 0;
          from = event.type === 'bookmark' ? event.resourceVersion : (event.object.metadata.resourceVersion ?? from);
          if (event.type === 'deleted') drop(event.object);
          else if (event.type !== 'bookmark') put(event.object);
        }
      } catch (error) {
        if (!(error instanceof ObjectsError)) throw error;
        if (error.reason === 'Expired') from = undefined;
        onTrouble(error);
        await options.clock.sleep((options.retryMs ?? 100) * 2 ** Math.min(failures, 4), signal);
        failures += 1;
      }
    }
  }

  const done = follow().finally(() => synced.reject(new Error(`the informer of ${kind} ended before its first list`)));
  // `done` carries the same news; nobody has to wait for both.
  synced.promise.catch(() => {});

  return {
    get: (namespace, name) => view.get(keyOf({ kind, namespace, name })),
    list: (namespace) =>
      [...view.values()].filter((object) => namespace === undefined || refOf(object).namespace === namespace),
    synced: synced.promise,
    done,
  };
}

const keyOf = (ref: ObjectRef): string => `${ref.namespace}/${ref.name}`;
