// When the end of a process must be over: set once, and brought forward when somebody is in a greater hurry.
// Never ends anything. Made by pod.ts, waited for by pod.ts and termination.ts.
import type { Clock } from '../lib/clock.ts';

export interface Deadline {
  /** The whole time that was given last, in milliseconds. */
  readonly graceMs: number;
  /** Milliseconds; 0 once it has passed. */
  left(): number;
  /** From now on; a later end than the present one changes nothing. */
  within(ms: number): void;
  /** Resolves `earlyMs` before it passes, or when the signal aborts. */
  passed(signal: AbortSignal, earlyMs?: number): Promise<void>;
}

export function startDeadline(clock: Clock, ms: number): Deadline {
  let graceMs = ms;
  let at = clock.now() + ms;
  let moved = new AbortController();
  return {
    get graceMs() {
      return graceMs;
    },
    left: () => Math.max(0, at - clock.now()),
    within(sooner) {
      if (clock.now() + sooner >= at) return;
      graceMs = sooner;
      at = clock.now() + sooner;
      moved.abort();
      moved = new AbortController();
    },
    async passed(signal, earlyMs = 0) {
      for (let rest = at - earlyMs - clock.now(); rest > 0 && !signal.aborted; rest = at - earlyMs - clock.now()) {
        await clock.sleep(rest, AbortSignal.any([signal, moved.signal]));
      }
    },
  };
}
