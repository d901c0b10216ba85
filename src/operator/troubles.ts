// What goes wrong and is tried again, in the log: at once when it is new, and then now and then with how often it was.
// Never hides anything for good. Called by operator.ts.
import type { Clock } from '../lib/clock.ts';
import { reasonOf } from '../lib/problem.ts';
import { ObjectsError } from '../objects/objects.ts';
import { errorFields, type Log } from '../telemetry/log.ts';

const AGAIN_MS = 60_000;
const MOST_KEPT = 1000;

export type TellTrouble = (subject: string, error: unknown) => void;

export function tellTroubles(log: Log, clock: Clock): TellTrouble {
  const last = new Map<string, { readonly at: number; times: number }>();
  return (subject, error) => {
    // Two writers met; the loser reads anew, at once.
    if (error instanceof ObjectsError && error.reason === 'Conflict') {
      log.debug('a conflict', { subject, ...errorFields(error) });
      return;
    }
    const key = `${subject} ${reasonOf(error)}`;
    const now = clock.now();
    const before = last.get(key);
    if (before !== undefined && now - before.at < AGAIN_MS) {
      before.times += 1;
      return;
    }
    if (last.size >= MOST_KEPT) last.clear();
    last.set(key, { at: now, times: 0 });
    log.warn('trouble, tried again', {
      subject,
      ...errorFields(error),
      ...(before === undefined ? {} : { times: before.times + 1 }),
    });
  };
}
