// Limits of memory, watched by looking: a container that is seen above its limit is told of.
// Never kills (pod.ts does) and never sees a peak between two looks. Composed by node.ts; one machine enforces no limits.
import type { Container } from '../api/kubernetes.ts';
import type { Clock } from '../lib/clock.ts';
import { parseQuantity } from '../lib/quantity.ts';

/** Resolves when `used` answers more bytes than the container's limit; never when it has none or the signal comes first. */
export type MemoryWatch = (container: Container, used: () => Promise<number>, signal: AbortSignal) => Promise<string>;

const LOOK_EVERY_MS = 500;

export const watchMemory =
  (clock: Clock, everyMs = LOOK_EVERY_MS): MemoryWatch =>
  async (container, used, signal) => {
    const limit = parseQuantity(container.resources?.limits?.['memory'] ?? '');
    while (limit !== undefined && !signal.aborted) {
      const bytes = await used();
      if (bytes > limit && !signal.aborted)
        return `used ${Math.ceil(bytes / 1024)}Ki of memory, more than its limit ${container.resources?.limits?.['memory']}`;
      await clock.sleep(everyMs, signal);
    }
    return new Promise(() => {});
  };
