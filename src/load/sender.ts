// The open loop: sends what the schedule says when it says so, whatever becomes of earlier requests.
// Never waits for an answer, never repeats a request, never catches up in a bunch. Runs in process.ts.
import type { Clock, Millis } from '../lib/clock.ts';
import { seededRandom } from '../lib/random.ts';
import type { Answer, NotSent } from './answer.ts';
import { createClient, type PreparedRequest } from './exchange.ts';
import type { Orders } from './protocol.ts';
import { createSchedule } from './schedule.ts';
import { type RequestShape, shapePicker } from './shapes.ts';

export interface SenderOptions {
  readonly orders: Orders;
  readonly clock: Pick<Clock, 'now'>;
  readonly onAnswer: (answer: Answer) => void;
}

export interface Sender {
  setRate(rate: number): void;
  counts(): { readonly sent: number; readonly notSent: NotSent };
  /** Plans no more; resolves when nothing is open, which `timeoutMs` bounds. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Timers fire a little late; that much is no lateness. */
const ON_TIME_MS = 5;
/** A request this late would be another request than the one planned: it is counted, not sent. */
const TOO_LATE_MS = 1000;

export function startSender({ orders, clock, onAnswer }: SenderOptions): Sender {
  const random = seededRandom(orders.seed);
  const schedule = createSchedule({ startAt: clock.now(), rate: orders.rate, arrivals: orders.arrivals, random });
  const pick = shapePicker(orders.shapes, random);
  const prepared = prepare(orders);
  const client = createClient(orders.timeoutMs);
  const idPrefix = orders.run.slice(0, 24);

  let timer: NodeJS.Timeout | undefined;
  let sent = 0;
  let open = 0;
  let tooManyOpen = 0;
  let tooLate = 0;
  let stopped: (() => void) | undefined;
  // The earliest moment for the next late request: after a stall they leave at twice the rate, not at once.
  let lateFloor = 0;

  const send = (plannedAt: Millis, sentAt: Millis): void => {
    const targets = prepared.get(pick()) ?? [];
    const request = targets[sent % targets.length];
    if (request === undefined) throw new Error('every shape has an address');
    const id = idPrefix + sent.toString(16).padStart(12, '0');
    sent += 1;
    open += 1;
    client.exchange(request, id, (outcome) => {
      open -= 1;
      onAnswer({ id, plannedAt, sentAt, latencyMs: clock.now() - plannedAt, outcome });
      if (open === 0) stopped?.();
    });
  };

  const pump = (): void => {
    for (;;) {
      const now = clock.now();
      const plannedAt = schedule.next();
      const late = now - plannedAt > ON_TIME_MS;
      const due = late ? Math.max(plannedAt, lateFloor) : plannedAt;
      if (now < due) {
        arm(due - now);
        return;
      }
      // Of the rate that it was planned at: afterwards there may be none.
      const gapMs = schedule.gapMs();
      schedule.advance();
      if (now - plannedAt > TOO_LATE_MS) tooLate += 1;
      else if (open >= orders.maxOpen) tooManyOpen += 1;
      else {
        if (late) lateFloor = Math.max(lateFloor, now - ON_TIME_MS) + gapMs / 2;
        send(plannedAt, now);
      }
    }
  };

  const arm = (ms: number): void => {
    if (Number.isFinite(ms)) timer = setTimeout(pump, Math.ceil(ms));
  };

  pump();
  return {
    setRate(rate) {
      if (stopped !== undefined) return;
      clearTimeout(timer);
      schedule.setRate(rate, clock.now());
      pump();
    },
    counts: () => ({ sent, notSent: { tooManyOpen, tooLate } }),
    stop() {
      clearTimeout(timer);
      return new Promise((resolve) => {
        stopped = resolve;
        if (open === 0) resolve();
      });
    },
    close: () => client.close(),
  };
}

/** Each shape's request once per address it may go to. */
function prepare({ shapes, urls }: Orders): Map<RequestShape, PreparedRequest[]> {
  return new Map(
    shapes.map((shape) => [shape, (shape.url === undefined ? urls : [shape.url]).map((url) => prepareOne(shape, url))]),
  );
}

function prepareOne(shape: RequestShape, url: string): PreparedRequest {
  const headers = Object.entries(shape.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'x-request-id');
  return {
    origin: new URL(url).origin,
    path: shape.path ?? '/',
    method: shape.method ?? 'GET',
    headers: headers.flat(),
    body: shape.body ?? null,
  };
}
