// Objects that are read where they are, with one watch per kind for their changes alone: for objects in this process.
// Never caches (objects/cached.ts does, for those of a cluster). Called by rehearsal and tests.
import type { Clock } from '../lib/clock.ts';
import { type Change, startInformer } from '../objects/informer.ts';
import type { Objects } from '../objects/objects.ts';
import type { Watched } from './loop-deps.ts';

export interface WatchedOptions {
  readonly objects: Objects;
  readonly kinds: readonly string[];
  readonly clock: Clock;
  /** Ends the watching. */
  readonly signal: AbortSignal;
}

export function watchedObjects({ objects, kinds, clock, signal }: WatchedOptions): Watched {
  const listeners = new Set<(change: Change) => void>();
  const onChange = (change: Change): void => {
    for (const listener of listeners) listener(change);
  };
  const informers = kinds.map((kind) => startInformer({ objects, kind, clock, signal, onChange }));
  const all = (promises: readonly Promise<void>[]): Promise<void> => Promise.all(promises).then(() => {});
  return {
    ...objects,
    synced: all(informers.map(({ synced }) => synced)),
    done: all(informers.map(({ done }) => done)),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
