// What load.ts and its process say to each other over Node's IPC channel.
// Never holds behaviour. Imported by load.ts, process.ts and sender.ts.
import type { Answer, NotSent } from './answer.ts';
import type { Arrivals } from './schedule.ts';
import type { RequestShape } from './shapes.ts';

/** Everything the sender needs; plain JSON. */
export interface Orders {
  readonly urls: readonly string[];
  readonly shapes: readonly RequestShape[];
  readonly rate: number;
  readonly arrivals: Arrivals;
  readonly seed: number;
  readonly maxOpen: number;
  readonly timeoutMs: number;
  /** A UUID; its last twelve digits are replaced by the request's number. */
  readonly run: string;
}

export type ToProcess =
  | { readonly type: 'start'; readonly orders: Orders }
  | { readonly type: 'rate'; readonly rate: number }
  | { readonly type: 'stop' };

export type FromProcess =
  /** Loaded, waiting for `start`. */
  | { readonly type: 'ready' }
  /** Answers since the last batch, and counts since the start. */
  | { readonly type: 'batch'; readonly answers: readonly Answer[]; readonly sent: number; readonly notSent: NotSent }
  /** After `stop`: nothing is open any more, and the last batch has gone. */
  | { readonly type: 'stopped' };
