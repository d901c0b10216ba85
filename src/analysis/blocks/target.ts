// One target's counts on its own time line: whether it was there at a time, and what it counted between two times.
// Never reads series (targets.ts does). Called by cuts.ts and closing.ts.
import type { Millis } from '../../lib/clock.ts';
import { firstFrom, inSteps } from './counter.ts';
import type { Timing } from './timing.ts';

export interface Target {
  /** Its pod's name; where no label says it, the instance's. */
  readonly pod: string;
  /** Its scrapes, strictly ascending; the first may be the start of its pod. Never empty. */
  readonly times: Float64Array;
  /** For each class: `grown[i]` came in after `times[i - 1]` up to and with `times[i]`. */
  readonly grown: readonly (readonly number[])[];
  /** 1 where counters had begun anew since the scrape before: some of what they counted is lost. */
  readonly anew: Uint8Array;
  /** What it counted before then is left out: its warm-up. */
  readonly countsFrom: Millis;
  /** Its pod has ended: there will be no more scrapes. */
  readonly over: boolean;
}

/**
 * `there`: it can be cut. `between`: in a gap longer than `missingMs`. `away`: not there yet, gone, or gone for a while.
 * `unknown`: its next scrape has not come, and it may yet. Once known it stays what it is, however much is read later.
 */
export type Presence = 'there' | 'between' | 'away' | 'unknown';

/** `to`: up to and with which time all samples have been read. */
export function presenceAt({ times, over }: Target, time: Millis, timing: Timing, to: Millis): Presence {
  const next = firstFrom(times, time);
  if (next === times.length) {
    if (over) return 'away';
    return to >= (times[next - 1] as number) + timing.goneMs + timing.lateMs ? 'away' : 'unknown';
  }
  const after = times[next] as number;
  if (after === time) return 'there';
  if (next === 0) return 'away';
  const gap = after - (times[next - 1] as number);
  if (gap <= timing.missingMs) return 'there';
  return gap <= timing.goneMs ? 'between' : 'away';
}

/** What was counted in a span of time, and for how much of it the target was there. */
export interface Span {
  readonly seconds: number;
  /** One for each class. */
  readonly counts: readonly number[];
  /** Not all that was counted is in it. */
  readonly anew?: true;
  /** Where they were asked for. */
  readonly ends?: Ends;
}

/** Of a span: what was counted between the scrapes around its two ends. */
export interface Ends {
  readonly from: Around;
  readonly to: Around;
}

/**
 * What a target counted since the scrape before a time, and from there to the scrape after, one for each class. Where in between the
 * requests were nobody knows: that they came evenly is supposed.
 */
export interface Around {
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** From one scrape to the next, just before these; zeros where there was none. */
  readonly prior: readonly number[];
}

/**
 * Counts in (from, to], evenly spread between two scrapes. Exactly additive: (a, b] and (b, c] make (a, c]. It depends on the
 * scrapes around `from`, around `to` and between alone.
 */
export function spanOf({ times, grown, anew, countsFrom }: Target, from: Millis, to: Millis, goneMs: number): Span {
  const begin = Math.max(from, countsFrom);
  const counts = grown.map(() => 0);
  let ms = 0;
  let isAnew = false;
  for (let index = Math.max(1, firstFrom(times, begin)); index < times.length; index++) {
    const [before, after] = [times[index - 1] as number, times[index] as number];
    if (before >= to || begin >= to) break;
    if (after - before > goneMs) continue;
    const [first, last] = [Math.max(begin, before), Math.min(to, after)];
    ms += last - first;
    isAnew ||= anew[index] === 1 && last > first;
    const [begun, done] = [(first - before) / (after - before), (last - before) / (after - before)];
    for (let place = 0; place < counts.length; place++) {
      const all = grown[place]?.[index] as number;
      if (all > 0) counts[place] = (counts[place] as number) + inSteps(all * done) - inSteps(all * begun);
    }
  }
  return { seconds: ms / 1000, counts, ...(isAnew && { anew: true }) };
}

export const endsOf = (target: Target, from: Millis, to: Millis, goneMs: number): Ends => ({
  from: aroundOf(target, Math.max(from, target.countsFrom), goneMs),
  to: aroundOf(target, to, goneMs),
});

function aroundOf({ times, grown }: Target, time: Millis, goneMs: number): Around {
  const index = firstFrom(times, time);
  const [last, next] = [times[index - 1], times[index]];
  if (last === undefined || next === undefined || next - last > goneMs) return nothingAround(grown.length);
  const before = grown.map((one) => inSteps(((one[index] as number) * (time - last)) / (next - last)));
  const after = grown.map((one, place) => (one[index] as number) - (before[place] as number));
  // A look from the cursor just before has no older samples, and must tell the same.
  const isKnown = index > 1 && (times[index - 2] as number) >= time - goneMs;
  return { before, after, prior: grown.map((one) => (isKnown ? (one[index - 1] as number) : 0)) };
}

function nothingAround(classes: number): Around {
  const none = Array<number>(classes).fill(0);
  return { before: none, after: none, prior: none };
}
