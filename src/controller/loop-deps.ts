// What the loop is given beyond a turn's ports: changes as they come, chance for its back-off, and who wants to watch it work.
// Never built here: rehearsal and operator compose it. Imported by controller.ts.
import type { ObjectRef } from '../api/object.ts';
import type { Millis } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { Change } from '../objects/informer.ts';
import type { Objects } from '../objects/objects.ts';
import type { Deps } from './deps.ts';
import type { Depth } from './queue.ts';

/** Objects whose reads come from a view that is kept up to date by watching (objects/cached.ts). */
export interface Watched extends Objects {
  /** Resolves when everything that is there has been seen. */
  readonly synced: Promise<void>;
  /** Rejects when the watching ends by itself: a bug, or an injected death. */
  readonly done: Promise<void>;
  /** Until the answer is called: whoever watches may outlive the loop. */
  onChange(listener: (change: Change) => void): () => void;
}

export interface LoopDeps extends Deps {
  readonly objects: Watched;
  readonly random: Random;
  /** Turns under way at once; the others wait in the order in which they became due. */
  readonly atOnce?: number;
  /** A release that waits for nothing but a change is looked at so often all the same, milliseconds. */
  readonly resyncMs?: number;
  readonly observe?: Observer;
}

export interface Taken {
  readonly ref: ObjectRef;
  /** From when it was due to its begin, milliseconds. */
  readonly waitedMs: number;
  readonly tookMs: number;
  readonly outcome: 'done' | 'conflict' | 'failed';
}

export interface Observer {
  /** Called once, with the loop's own state to be asked at any time. */
  readonly started?: (loop: LoopState) => void;
  /** After each turn, failed or not. */
  readonly taken?: (taken: Taken) => void;
}

export interface LoopState {
  depth(): Depth;
  /** When the one that waits longest became due; undefined when none is due. */
  oldestDue(): Millis | undefined;
  /** Every release that was under way at the beginning has had a turn. */
  readonly protecting: () => boolean;
}
