// Objects that refuse to write once one may not any more: a leader past its lease, which may have slept through it.
// Never refuses a read. Called by operator/, around the connection and below any cache.
import type { KubeObject } from '../api/object.ts';
import type { GuardedOptions, Objects } from './objects.ts';

/** Not an ObjectsError: no retry may mistake it for trouble with the server. */
export class Fenced extends Error {
  constructor() {
    super('may not write any more: the lease is over or held by another');
    this.name = 'Fenced';
  }
}

/**
 * `mayWrite` is asked last before each attempt leaves, whatever was waited for in between. `leftMs`: until another may write; an
 * attempt that has left and is held up on its way is cut by then.
 */
export function fencedObjects(objects: Objects, mayWrite: () => boolean, leftMs?: () => number): Objects {
  const guarded = <Options extends GuardedOptions>(options: Options | undefined): Options & GuardedOptions => ({
    ...(options as Options),
    guard: () => {
      options?.guard?.();
      if (!mayWrite()) throw new Fenced();
    },
    ...(leftMs === undefined ? {} : { withinMs: leftMs }),
  });
  const write =
    (verb: 'create' | 'update' | 'updateStatus'): Objects[typeof verb] =>
    async (object: KubeObject, options) =>
      objects[verb](object, guarded(options));

  return {
    get: (ref) => objects.get(ref),
    list: (kind, namespace, options) => objects.list(kind, namespace, options),
    watch: (kind, resourceVersion, signal) => objects.watch(kind, resourceVersion, signal),
    create: write('create'),
    update: write('update'),
    updateStatus: write('updateStatus'),
    remove: async (ref, options) => objects.remove(ref, guarded(options)),
  };
}
