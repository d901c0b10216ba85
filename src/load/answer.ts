// One request's fate as the user felt it, and the running totals of many; plain data that crosses the process boundary.
// Never knows how requests are sent. Written by the sender, read by load.ts, users.ts and everyone who listens.
import type { Millis } from '../lib/clock.ts';

/**
 * Why a user got no complete answer.
 * `connect`: no connection came about. `closed`: it ended before the whole answer was there.
 * `timeout`: the answer was not complete within `timeoutMs` of sending. `protocol`: what came was not HTTP.
 */
export type AnswerError = 'connect' | 'closed' | 'timeout' | 'protocol';

export const ANSWER_ERRORS: readonly AnswerError[] = ['connect', 'closed', 'timeout', 'protocol'];

export interface Answer {
  /** The request's `x-request-id`; unique over all loads. */
  readonly id: string;
  /** When the schedule wanted it sent. */
  readonly plannedAt: Millis;
  readonly sentAt: Millis;
  /**
   * From `plannedAt` to the last byte or the error, ms. Counted from the plan, so that a sender that is itself late
   * cannot hide a slow server (coordinated omission; Gil Tene, "How NOT to Measure Latency").
   */
  readonly latencyMs: number;
  readonly outcome: AnswerOutcome;
}

export type AnswerOutcome =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'error'; readonly error: AnswerError; readonly message: string };

/** A user's request failed: a 5xx, or no complete answer at all. 4xx are answers. */
export const isFailed = (outcome: AnswerOutcome): boolean => outcome.kind === 'error' || outcome.code >= 500;

/** Why a planned request never left: too many were open, or the sender was too late for it. */
export interface NotSent {
  readonly tooManyOpen: number;
  readonly tooLate: number;
}

export interface Totals {
  /** planned = sent + notSent; sent = answered + open. */
  readonly planned: number;
  readonly sent: number;
  readonly notSent: NotSent;
  readonly answered: number;
  readonly open: number;
  /** Answers by status code, and by error. */
  readonly codes: Readonly<Record<number, number>>;
  readonly errors: Readonly<Record<AnswerError, number>>;
  readonly failed: number;
}
