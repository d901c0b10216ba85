// The bounded log of changes behind every watch, and the one increasing counter that is the resourceVersion.
// Never stores current state (store.ts does). Called by store.ts to append, by watch.ts to read on.
import type { KubeObject } from '../../api/object.ts';
import { ObjectsError } from '../objects.ts';

export interface Change {
  readonly version: number;
  readonly type: 'added' | 'modified' | 'deleted';
  readonly object: KubeObject;
}

export interface History {
  /** The version of the latest change. */
  version(): number;
  /** `make` receives the version that the change will have. */
  append(type: Change['type'], make: (version: number) => KubeObject): KubeObject;
  /** The first change after that version, if there is one yet. Throws `Expired` when it is no longer kept. */
  after(version: number): Change | undefined;
  /** Resolves when there may be something new, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void>;
}

export function createHistory(limit: number): History {
  let changes: Change[] = [];
  let dropped = 0;
  const waiting = new Set<() => void>();

  // Versions are consecutive, so that a change's place in the log follows from its version.
  const version = () => dropped + changes.length;

  const append: History['append'] = (type, make) => {
    const next = version() + 1;
    const object = make(next);
    changes.push({ version: next, type, object });
    // Trimmed by halves, so that appending stays cheap; at least `limit` changes are always kept.
    if (changes.length >= 2 * limit) {
      dropped += changes.length - limit;
      changes = changes.slice(-limit);
    }
    for (const wake of waiting) wake();
    return object;
  };

  const after: History['after'] = (seen) => {
    if (seen < dropped)
      throw new ObjectsError(
        'Expired',
        `resourceVersion ${seen} is too old, the oldest kept is ${dropped}: list again`,
      );
    return changes[seen - dropped];
  };

  const changed: History['changed'] = (signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });

  return { version, append, after, changed };
}
