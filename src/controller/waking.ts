// Whom a change wakes: the release itself, those that look at the object, and later those that have listed its like.
// Never takes a turn. Called by controller.ts.
import { formatRef, type ObjectRef, refOf } from '../api/object.ts';
import type { Millis } from '../lib/clock.ts';
import type { Change } from '../objects/informer.ts';
import { type Concerns, matters } from './concerns.ts';
import type { Worker } from './worker.ts';

/** What changes in a list that somebody waits for comes in heaps: looked at once when a heap has come. */
const HEAP_MS = 1000;
/** Ten thousand that all wait for each other's routes must not be all that is ever looked at. */
const HEAP_MS_PER_RELEASE = 2;

interface Waking {
  readonly want: (name: string, ref: ObjectRef, at: Millis) => void;
  readonly workers: ReadonlyMap<string, Worker>;
  readonly concerns: Concerns;
  readonly now: Millis;
}

export function wake(change: Change, { want, workers, concerns, now }: Waking): void {
  const { object } = change;
  const ref = refOf(object);
  if (object.kind === 'Release' && matters(change)) want(formatRef(ref), ref, now);
  const { closely, loosely } = concerns.of(change);
  if (matters(change))
    for (const name of closely) {
      const worker = workers.get(name);
      if (worker !== undefined && formatRef(ref) !== name) want(name, worker.ref, now);
    }
  // Those under way look again at their tick anyway.
  const heap = Math.max(HEAP_MS, workers.size * HEAP_MS_PER_RELEASE);
  for (const name of loosely) {
    const worker = workers.get(name);
    if (worker?.resting === true && formatRef(ref) !== name) want(name, worker.ref, now + heap);
  }
}
