// When a target is scraped: at fixed instants of its own, spread over the interval by a hash, never drifting.
// Never waits (loop.ts does). Called by loop.ts.
import type { Millis } from '../../lib/clock.ts';

/** Prometheus' ScrapeTimestampTolerance: what timers miss by; within it a sample is dated to its slot (compresses better). */
const TOLERANCE_MS = 2;

/** Where in the interval a target's slots lie, 0 … interval − 1: the same after every restart. FNV-1a, 32 bits, mixed. */
export function phaseOf(key: string, intervalMs: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  // Keys differ in a digit of the port, far from their end: unmixed, half as many targets would share a slot again.
  return ((hash ^ (hash >>> 13)) >>> 0) % intervalMs;
}

/**
 * The slot after a scrape planned for `slot`, seen at `now`: the first one ahead that is at least half an interval later,
 * so that neither an early timer nor the very first scrape (which waits for no slot) makes two scrapes of one. Slots missed are left out.
 */
export function nextSlot(slot: Millis, now: Millis, intervalMs: number, phase: number): Millis {
  // A clock that was set back must not leave the target unscraped until it has caught up.
  const earliest = slot > now + intervalMs ? now : Math.max(now, slot + intervalMs / 2);
  return phase + intervalMs * (Math.floor((earliest - phase) / intervalMs) + 1);
}

/** The time written to samples of a scrape that began at `start` for `slot`. */
export function sampleTime(slot: Millis, start: Millis, intervalMs: number): Millis {
  const tolerance = Math.min(TOLERANCE_MS, intervalMs / 100);
  return Math.round(Math.abs(start - slot) <= tolerance ? slot : start);
}
