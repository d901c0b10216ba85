// A cached view of one kind: lists, watches, resumes, and lists again when the history has expired; tells of each change.
// Never writes, never guesses: what it shows is what the server said last. Called by cached.ts, kubelet, mesh and controller.
import type { KubeObject } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import { type Objects, ObjectsError } from './objects.ts';
import { type Change, createView, type View } from './view.ts';

export type { Change } from './view.ts';

export interface InformerOptions {
  readonly objects: Objects;
  readonly kind: string;
  readonly clock: Clock;
  /** Ends the informer; what it knows stays readable. */
  readonly signal: AbortSignal;
  /** What is kept of each object; all of it when left out. */
  readonly keep?: (object: KubeObject) => KubeObject;
  /** Called in order, first for everything in the first list. A throw ends the informer: `done` rejects with it. */
  readonly onChange?: (change: Change) => void;
  /** The API server cannot be reached or answers wrongly; the informer goes on trying. */
  readonly onTrouble?: (error: ObjectsError) => void;
  /** Wait before the first retry, doubling up to sixteen times as much. */
  readonly retryMs?: number;
}

export interface Informer extends Pick<View, 'get' | 'list' | 'version' | 'learned' | 'removed'> {
  /** Resolves when the first list is in the view; rejects when the informer ended before. */
  readonly synced: Promise<void>;
  /** Why there is no news at present; undefined while the server answers. */
  trouble(): ObjectsError | undefined;
  /** Resolves after the signal; rejects on anything that is not an ObjectsError (a bug, or an injected death). */
  readonly done: Promise<void>;
}

/** What no retry mends: a kind that is not installed, or that one may not look at. Somebody may mend it, some time. */
const HOPELESS_MS = 30_000;

export function startInformer(options: InformerOptions): Informer {
  const {
    objects,
    kind,
    clock,
    signal,
    keep = (object) => object,
    onChange = () => {},
    onTrouble = () => {},
  } = options;
  const view = createView(onChange);
  const synced = Promise.withResolvers<void>();
  let trouble: ObjectsError | undefined;

  /** Answers the resourceVersion from which to watch. */
  async function relist(): Promise<string> {
    const { items, resourceVersion } = await objects.list(kind, undefined, { keep });
    trouble = undefined;
    view.listed(items, resourceVersion);
    synced.resolve();
    return resourceVersion;
  }

  async function follow(): Promise<void> {
    let from: string | undefined;
    let failures = 0;
    while (!signal.aborted) {
      try {
        from ??= await relist();
        for await (const event of objects.watch(kind, from, signal)) {
          failures = 0;
          trouble = undefined;
          from = event.type === 'bookmark' ? event.resourceVersion : (event.object.metadata.resourceVersion ?? from);
          view.told(event.type === 'bookmark' ? event : { type: event.type, object: keep(event.object) });
        }
      } catch (error) {
        if (!(error instanceof ObjectsError)) throw error;
        if (error.reason === 'Expired') from = undefined;
        else trouble = error;
        onTrouble(error);
        await clock.sleep(pauseAfter(error, failures), signal);
        failures += 1;
      }
    }
  }

  function pauseAfter({ reason, retryAfterMs = 0 }: ObjectsError, failures: number): number {
    if (reason === 'NotFound' || reason === 'Forbidden') return HOPELESS_MS;
    return Math.max(retryAfterMs, (options.retryMs ?? 100) * 2 ** Math.min(failures, 4));
  }

  const done = follow().finally(() => synced.reject(new Error(`the informer of ${kind} ended before its first list`)));
  // `done` carries the same news; nobody has to wait for both.
  synced.promise.catch(() => {});

  return { ...view, synced: synced.promise, trouble: () => trouble, done };
}
