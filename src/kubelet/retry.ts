// Writes that must get through: tried anew on a conflict at once, during an outage after a pause.
// Never hides what the server refuses for good. Called by reporter.ts and pods.ts.
import type { Clock } from '../lib/clock.ts';
import { ObjectsError } from '../objects/objects.ts';

export interface RetryOptions {
  readonly clock: Clock;
  /** Gives up, without an error. */
  readonly signal: AbortSignal;
  readonly onTrouble: (error: ObjectsError) => void;
}

const PAUSE_MS = 200;

/** `write` reads and writes anew each time. An object that is gone needs no write. */
export async function untilWritten(write: () => Promise<void>, options: RetryOptions): Promise<void> {
  while (!options.signal.aborted) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof ObjectsError) || error.reason === 'Invalid') throw error;
      if (error.reason === 'NotFound') return;
      if (error.reason === 'Conflict') continue;
      options.onTrouble(error);
      await options.clock.sleep(PAUSE_MS, options.signal);
    }
  }
}
