// Access log entries on their way to the supervisor: batched, and never more in flight than the channel can hold.
// Never blocks a request: what does not fit is dropped and counted. Called by telemetry.ts and main.ts.
import type { AccessEntry } from '../messages.ts';
import type { AccessSink } from './telemetry.ts';

/** Entries not yet taken over by the channel; beyond it new ones are dropped. */
const KEPT = 50_000;
/** In one message. */
const BATCH = 1000;

export interface AccessLog extends AccessSink {
  wanted: boolean;
  readonly dropped: number;
  /** Hands over what there is. Resolves when the channel has it. */
  flush(): Promise<void>;
}

/** `send` resolves when the message has left. */
export function createAccessLog(send: (entries: readonly AccessEntry[]) => Promise<void>): AccessLog {
  const waiting: AccessEntry[] = [];
  let dropped = 0;
  let sending: Promise<void> | undefined;

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) await send(waiting.splice(0, BATCH));
  }

  return {
    wanted: false,
    get dropped() {
      return dropped;
    },
    push(entry) {
      if (waiting.length < KEPT) waiting.push(entry);
      else dropped += 1;
    },
    flush() {
      sending ??= sendAll().finally(() => {
        sending = undefined;
      });
      return sending;
    },
  };
}
