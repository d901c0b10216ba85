// Work by key: one piece at a time for each key, and however often a key is added while it waits, it is done once.
// Never knows what the work is. Called by deployments.ts.
import type { Clock } from '../lib/clock.ts';
import { ObjectsError } from '../objects/objects.ts';

export interface Queue {
  add(key: string): void;
  /** When the work under way at the end of the signal is done; rejects on the first error that is not the API server's. */
  readonly done: Promise<void>;
}

export interface QueueOptions {
  /** Answers after how many milliseconds the key wants to be looked at again, if at all. */
  readonly work: (key: string) => Promise<number | undefined>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The key is tried again. */
  readonly onTrouble: (key: string, error: ObjectsError) => void;
}

const PAUSE_MS = 200;

export function createQueue({ work, clock, signal, onTrouble }: QueueOptions): Queue {
  const waiting = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const done = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => void Promise.all(running.values()).then(() => done.resolve()), { once: true });

  function add(key: string): void {
    if (signal.aborted) return;
    waiting.add(key);
    if (!running.has(key)) running.set(key, drain(key));
  }

  async function drain(key: string): Promise<void> {
    try {
      while (waiting.delete(key) && !signal.aborted) await once(key);
    } catch (error) {
      done.reject(error);
    } finally {
      running.delete(key);
    }
  }

  async function once(key: string): Promise<void> {
    try {
      const again = await work(key);
      if (again !== undefined) void clock.sleep(again, signal).then(() => add(key));
    } catch (error) {
      if (!(error instanceof ObjectsError) || error.reason === 'Invalid') throw error;
      if (error.reason !== 'Conflict') {
        onTrouble(key, error);
        await clock.sleep(PAUSE_MS, signal);
      }
      waiting.add(key);
    }
  }

  return { add, done: done.promise };
}
