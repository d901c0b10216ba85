// How long the loop leaves a release alone: to its next tick, after a failure, after a conflict, between two checkpoints.
// Never waits itself. Called by controller.ts.
import type { Millis } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import { ObjectsError } from '../objects/objects.ts';

/** Ticks end on a grid, so that the reads of many releases fall together and can be asked as one. */
const PARTS_OF_A_TICK = 4;
const LONGEST_BACKOFF_TICKS = 16;
const LONGEST_BACKOFF_MS = 30_000;
/** Status writes for running totals alone: so many a second for all releases together, and each at least so often. */
const CHECKPOINTS_PER_SECOND = 10;
const LEAST_CHECKPOINT_MS = 5_000;
const MOST_CHECKPOINT_MS = 300_000;

export const tickAfter = (now: Millis, tickMs: number): Millis => {
  const part = tickMs / PARTS_OF_A_TICK;
  return Math.floor((now + tickMs) / part) * part;
};

export const isConflict = (error: unknown): boolean => error instanceof ObjectsError && error.reason === 'Conflict';

/** Doubling from a tick, with half of it left to chance: after an outage not everybody comes back at once. */
export function backOff(error: unknown, failures: number, tickMs: number, random: Random): number {
  const asked = error instanceof ObjectsError ? (error.retryAfterMs ?? 0) : 0;
  const ticks = Math.min(2 ** failures, LONGEST_BACKOFF_TICKS);
  const most = Math.min(ticks * tickMs, Math.max(tickMs, LONGEST_BACKOFF_MS));
  return asked + most * (0.5 + random() / 2);
}

/** A conflict is simply read anew, at once; the view may need a moment to see what we have collided with. */
export const conflictPause = (conflicts: number, tickMs: number): number =>
  conflicts === 0 ? 0 : Math.min(10 * 2 ** conflicts, tickMs);

/** How long running totals may stay unwritten with so many releases under way. */
export const checkpointMs = (releases: number): number =>
  Math.min(Math.max(LEAST_CHECKPOINT_MS, (releases / CHECKPOINTS_PER_SECOND) * 1000), MOST_CHECKPOINT_MS);
