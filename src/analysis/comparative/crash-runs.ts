// Restarts of one container that count: those of a crash loop follow each other, and are one.
// Never reads a pod. Called by whoever makes ComparedUptime.
import type { Millis } from '../../lib/clock.ts';

/** A restart sooner than this after the one before belongs to it, however many there are. */
export const APART_MS = 60_000;

/** Of one container's restarts, ascending: the first of each run, within (from, to]. Those before `from` tell what belongs to them. */
export function separateRestarts(times: readonly Millis[], from: Millis, to: Millis): number {
  return times.filter((time, index) => {
    const before = times[index - 1];
    return time > from && time <= to && (before === undefined || time - before >= APART_MS);
  }).length;
}
