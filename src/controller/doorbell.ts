// A sleep that ends early when somebody rings. Never misses a ring: one that comes while nobody sleeps ends the next sleep at once.
// Knows nothing of what is rung for. Called by controller.ts.
import type { Clock } from '../lib/clock.ts';

export interface Doorbell {
  readonly ring: () => void;
  /** One sleeper at a time. */
  wait(ms: number): Promise<void>;
}

export function createDoorbell(clock: Clock): Doorbell {
  let bell = new AbortController();
  return {
    ring: () => bell.abort(),
    async wait(ms) {
      if (!bell.signal.aborted) await clock.sleep(ms, bell.signal);
      bell = new AbortController();
    },
  };
}
