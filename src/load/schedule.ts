// When requests are to be sent: a plan fixed by the rate alone, which no slow answer and no late sender can move.
// Never reads a clock or sends. Called by sender.ts.
import type { Millis } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';

/** `even`: equal gaps. `poisson`: exponential gaps, as many independent users make them. */
export type Arrivals = 'even' | 'poisson';

export interface ScheduleOptions {
  readonly startAt: Millis;
  /** Requests per second; 0 sends nothing until the rate changes. */
  readonly rate: number;
  readonly arrivals: Arrivals;
  readonly random: Random;
}

export interface Schedule {
  /** The next planned time, `Infinity` at rate 0. */
  next(): Millis;
  /** Moves on to the one after. */
  advance(): void;
  /** From `at` on. What was planned before `at` stays, even if the sender has not come to it yet. */
  setRate(rate: number, at: Millis): void;
  /** The mean gap now, ms. */
  gapMs(): number;
}

export function createSchedule({ startAt, rate, arrivals, random }: ScheduleOptions): Schedule {
  // Even gaps are counted from the segment's origin, so that a million of them do not drift.
  let segment = { origin: startAt, gap: gapOf(rate), count: 0 };
  let next = Number.isFinite(segment.gap) ? startAt : Number.POSITIVE_INFINITY;
  const changes: { rate: number; at: Millis }[] = [];

  const after = (previous: Millis): Millis => {
    if (arrivals === 'poisson') return previous - Math.log(1 - random()) * segment.gap;
    segment.count += 1;
    return segment.origin + segment.count * segment.gap;
  };

  // The part of the current gap that has passed stays passed: frequent changes neither starve nor flood.
  const change = (gap: number, at: Millis): void => {
    if (gap === Number.POSITIVE_INFINITY) next = gap;
    else next = next === Number.POSITIVE_INFINITY ? at : at + ((next - at) / segment.gap) * gap;
    segment = { origin: next, gap, count: 0 };
  };

  const applyDue = (): void => {
    for (let first = changes[0]; first !== undefined && next > first.at; first = changes[0]) {
      changes.shift();
      change(gapOf(first.rate), first.at);
    }
  };

  return {
    next: () => next,
    advance() {
      next = after(next);
      applyDue();
    },
    setRate(changed, at) {
      gapOf(changed);
      changes.push({ rate: changed, at });
      applyDue();
    },
    gapMs: () => segment.gap,
  };
}

/** Milliseconds between requests; throws RangeError for what is no rate. */
export function gapOf(rate: number): number {
  if (!Number.isFinite(rate) || rate < 0)
    throw new RangeError(`a rate is a number of requests per second, not ${rate}`);
  return rate === 0 ? Number.POSITIVE_INFINITY : 1000 / rate;
}
