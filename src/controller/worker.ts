// One release as the loop knows it: what its next turn remembers, how its last ones went, and when it is due again.
// Never takes a turn. Held by controller.ts; nothing of it is missed after a restart.
import type { ObjectRef } from '../api/object.ts';
import type { Millis } from '../lib/clock.ts';
import type { LoopDeps } from './loop-deps.ts';
import { createMemory, type ReleaseMemory } from './memory.ts';
import type { Next } from './next.ts';
import { backOff, conflictPause, tickAfter } from './pauses.ts';

/** After this many writes in a row a release waits for its tick: a loop of writes must not starve the others. */
const LONGEST_BURST = 10;
const RESYNC_MS = 300_000;

export interface Worker {
  readonly ref: ObjectRef;
  readonly memory: ReleaseMemory;
  burst: number;
  failures: number;
  conflicts: number;
  /** Waits for a change only: not one of those that take time or need protection. */
  resting: boolean;
  /** Whoever wants to hear, in the middle of its turn, that something has changed. */
  readonly listeners: Set<() => void>;
}

export const newWorker = (ref: ObjectRef): Worker => ({
  ref,
  memory: createMemory(),
  burst: 0,
  failures: 0,
  conflicts: 0,
  resting: false,
  listeners: new Set(),
});

type Pace = Pick<LoopDeps, 'settings' | 'resyncMs' | 'random'>;

/** After a turn that went well: when the next one is due. Undefined: never, unless somebody asks for it. */
export function dueAfter(worker: Worker, next: Next, now: Millis, { settings, resyncMs }: Pace): Millis | undefined {
  worker.failures = 0;
  worker.conflicts = 0;
  worker.resting = next === 'onChange';
  worker.burst = next === 'again' ? (worker.burst + 1) % LONGEST_BURST : 0;
  if (next === 'never') return undefined;
  if (next === 'again' && worker.burst > 0) return now;
  return next === 'onChange' ? now + (resyncMs ?? RESYNC_MS) : tickAfter(now, settings.tickMs);
}

/** After a write that came too late: the others' changes are looked at soon. */
export const dueAfterConflict = (worker: Worker, now: Millis, { settings }: Pace): Millis =>
  now + conflictPause(worker.conflicts++, settings.tickMs);

export const dueAfterFailure = (worker: Worker, error: unknown, now: Millis, { settings, random }: Pace): Millis =>
  now + backOff(error, worker.failures++, settings.tickMs, random);
