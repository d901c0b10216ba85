// Objects with one shared watch for each kind: reads cost no call, and what was written is read back at once.
// Never older over newer, never a write that is not the inner objects' own. Called by operator/ and by commands that drive a release.
import type { KubeObject, ObjectRef } from '../api/object.ts';
import { formatRef, refOf } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import { type Informer, startInformer } from './informer.ts';
import { type Objects, ObjectsError, type WriteOptions } from './objects.ts';
import { PROJECTIONS, type Projection } from './projections.ts';
import type { Change } from './view.ts';

export interface CachedOptions {
  readonly objects: Objects;
  /** What is watched; other kinds are asked for each time. */
  readonly kinds: readonly string[];
  readonly clock: Clock;
  /** Ends the watches; what is known stays readable. */
  readonly signal: AbortSignal;
  /** What is kept of some kinds' objects; those cannot be updated through here. */
  readonly keep?: Readonly<Record<string, Projection>>;
  readonly onTrouble?: (kind: string, error: ObjectsError) => void;
}

export interface CachedObjects extends Objects {
  /** Every kind is known, or known not to be there or not to be looked at. */
  readonly synced: Promise<void>;
  /** Resolves after the signal; rejects on a bug or an injected death. */
  readonly done: Promise<void>;
  /** Called in order for every change from now on, one's own writes among them, until the answer is called. */
  onChange(listener: (change: Change) => void): () => void;
  /** The kinds of which there is no news at present, and why. */
  troubles(): ReadonlyMap<string, ObjectsError>;
}

export function cachedObjects(options: CachedOptions): CachedObjects {
  const { objects, clock, signal, keep: projections = PROJECTIONS, onTrouble = () => {} } = options;
  const listeners = new Set<(change: Change) => void>();
  const tell = (change: Change) => {
    for (const listener of listeners) listener(change);
  };
  const kinds = new Map(options.kinds.map((kind) => [kind, watchKind(kind)] as const));

  function watchKind(kind: string): Informer & { readonly known: Promise<void> } {
    const hopeless = Promise.withResolvers<void>();
    const informer = startInformer({
      objects,
      kind,
      clock,
      signal,
      onChange: tell,
      ...(projections[kind] === undefined ? {} : { keep: projections[kind] }),
      onTrouble: (error) => {
        if (isHopeless(error)) hopeless.resolve();
        onTrouble(kind, error);
      },
    });
    const known = Promise.race([informer.synced, hopeless.promise]);
    known.catch(() => {});
    return { ...informer, known };
  }

  /** The kind's view when it can be read; `undefined` for a kind that is not installed. */
  async function readable(informer: Informer & { readonly known: Promise<void> }): Promise<Informer | undefined> {
    await informer.known;
    if (informer.version() !== undefined) return informer;
    const trouble = informer.trouble();
    if (trouble !== undefined && trouble.reason !== 'NotFound') throw trouble;
    return undefined;
  }

  const kept = (object: KubeObject): KubeObject => projections[object.kind]?.(object) ?? object;

  async function write(
    verb: 'create' | 'update' | 'updateStatus',
    object: KubeObject,
    settings: WriteOptions | undefined,
  ): Promise<KubeObject> {
    const informer = kinds.get(object.kind);
    if (verb !== 'create' && informer !== undefined && projections[object.kind] !== undefined)
      throw new TypeError(`${formatRef(refOf(object))} is kept in part only: writing it would erase the rest`);
    try {
      const answer = await objects[verb](object, settings);
      if (settings?.dryRun !== true) learn(informer, answer);
      return answer;
    } catch (error) {
      if (error instanceof ObjectsError && error.reason === 'Conflict') await refresh(refOf(object));
      throw error;
    }
  }

  function learn(informer: Informer | undefined, answer: KubeObject): void {
    if (isGone(answer)) informer?.removed(refOf(answer), answer.metadata.uid ?? '');
    else informer?.learned(kept(answer));
  }

  /** The state of one object, asked for outside of the watch; an outage is the watch's to tell. */
  async function refresh(ref: ObjectRef): Promise<void> {
    const informer = kinds.get(ref.kind);
    if (informer === undefined) return;
    const before = informer.get(ref.namespace, ref.name);
    try {
      const now = await objects.get(ref);
      if (now !== undefined) informer.learned(kept(now));
      else if (before !== undefined) informer.removed(ref, before.metadata.uid ?? '');
    } catch (error) {
      if (!(error instanceof ObjectsError)) throw error;
    }
  }

  const synced = Promise.all([...kinds.values()].map(({ known }) => known)).then(() => {});
  // `done` carries the same news; nobody has to wait for both.
  synced.catch(() => {});

  return {
    async get(ref) {
      const informer = kinds.get(ref.kind);
      if (informer === undefined) return objects.get(ref);
      return (await readable(informer))?.get(ref.namespace, ref.name);
    },
    async list(kind, namespace, listing = {}) {
      const informer = kinds.get(kind);
      if (informer === undefined) return objects.list(kind, namespace, listing);
      const known = await readable(informer);
      const items = known?.list(namespace, listing.labels) ?? [];
      return {
        items: listing.keep === undefined ? items : items.map(listing.keep),
        resourceVersion: known?.version() ?? '',
      };
    },
    watch: (kind, resourceVersion, until) => objects.watch(kind, resourceVersion, until),
    create: (object, settings) => write('create', object, settings),
    update: (object, settings) => write('update', object, settings),
    updateStatus: (object, settings) => write('updateStatus', object, settings),
    async remove(ref, settings) {
      await objects.remove(ref, settings);
      await refresh(ref);
    },
    synced,
    done: Promise.all([...kinds.values()].map(({ done }) => done)).then(() => {}),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    troubles: () =>
      new Map(
        [...kinds].flatMap(([kind, informer]) => {
          const trouble = informer.trouble();
          return trouble === undefined ? [] : [[kind, trouble] as const];
        }),
      ),
  };
}

/** No news will come soon: there is no such kind, or one may not look. */
const isHopeless = ({ reason }: ObjectsError): boolean => reason === 'NotFound' || reason === 'Forbidden';

/** The answer to the write that took the last finalizer off an object on its way out. */
const isGone = ({ metadata }: KubeObject & { readonly metadata: { readonly deletionGracePeriodSeconds?: number } }) =>
  metadata.deletionTimestamp !== undefined &&
  (metadata.finalizers ?? []).length === 0 &&
  (metadata.deletionGracePeriodSeconds ?? 0) === 0;
