// What many runs of one rule on one scenario come to: shares with their intervals, quantiles of what a decision took.
// Never plays a run. Called by the tables and plots.
import type { Verdict } from './rule.ts';

/** How one run ended for one rule. */
export interface Outcome {
  /** undefined: inconclusive at the deadline. */
  readonly verdict: Verdict | undefined;
  /** From the onset of what is wrong with the canary, else from the beginning. */
  readonly seconds: number;
  /** Judged until then: pairs of a mirror, requests of both versions in a split. */
  readonly requests: number;
  /** Of those, the canary's; and those that it failed. A mirror's were copies: no user saw them. */
  readonly canary: number;
  readonly bad: number;
  /** Decided before the canary was any different. */
  readonly isEarly: boolean;
  /** The deadline had come, and the rule answered because it had to. */
  readonly isLast: boolean;
  /** Reasons, by who gives some. */
  readonly said?: string;
}

export interface Share {
  readonly count: number;
  readonly of: number;
  readonly share: number;
  /** Wilson's interval, 95 %. */
  readonly low: number;
  readonly high: number;
}

/** E. B. Wilson, "Probable inference", J. Am. Stat. Assoc. 22 (1927). */
export function wilson(count: number, of: number, z = 1.959_964): Share {
  if (of === 0) return { count, of, share: Number.NaN, low: 0, high: 1 };
  const share = count / of;
  const scale = 1 + (z * z) / of;
  const centre = (share + (z * z) / (2 * of)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  // Rounding must not take zero of many below zero.
  return {
    count,
    of,
    share,
    low: count === 0 ? 0 : Math.max(0, centre - half),
    high: count === of ? 1 : Math.min(1, centre + half),
  };
}

export interface Spread {
  readonly median: number;
  readonly mean: number;
  readonly p95: number;
}

/** What is kept of the runs of one rule on one case: plain JSON, from which every figure of the page follows. */
export interface Tally {
  readonly runs: number;
  readonly rolledBack: number;
  readonly promoted: number;
  /** Ended as asked for, once there was a reason to. */
  readonly right: number;
  /** Decided before the canary was any different. */
  readonly early: number;
  /** Of runs that ended as asked for; a run that did not counts as infinite in the quantiles, and not in the mean. */
  readonly requests: Spread;
  readonly seconds: Spread;
  readonly canary: Spread;
  readonly bad: Spread;
  /** The most frequent reasons at the end, with how many runs gave them. */
  readonly said: readonly (readonly [reason: string, runs: number])[];
  /** Runs of the same numbers that ended otherwise with the same requests, and how many were compared. */
  readonly differs?: { readonly count: number; readonly of: number };
  /** Rolled back by the end of each minute, from 0 on. */
  readonly byMinute?: readonly number[];
}

const MOST_REASONS = 3;

/** `wanted`: the verdict whose price is asked for. */
export function tallyOf(outcomes: readonly Outcome[], wanted: Verdict): Tally {
  const count = (is: (outcome: Outcome) => boolean): number => outcomes.filter(is).length;
  const isRight = ({ verdict, isEarly }: Outcome): boolean => verdict === wanted && !isEarly;
  const price = (of: (outcome: Outcome) => number): Spread =>
    spreadOf(outcomes.map((outcome) => (isRight(outcome) ? of(outcome) : Infinity)));
  const reasons = Map.groupBy(outcomes, ({ said = '' }) => said);
  reasons.delete('');
  return {
    runs: outcomes.length,
    rolledBack: count(({ verdict }) => verdict === 'rollBack'),
    promoted: count(({ verdict }) => verdict === 'promote'),
    right: count(isRight),
    early: count(({ isEarly }) => isEarly),
    requests: price(({ requests }) => requests),
    seconds: price(({ seconds }) => seconds),
    canary: price(({ canary }) => canary),
    bad: price(({ bad }) => bad),
    said: [...reasons]
      .map(([reason, all]) => [reason, all.length] as const)
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, MOST_REASONS),
  };
}

/** How many runs that both have ended with another verdict. */
export function differing(one: readonly Outcome[], other: readonly Outcome[]): NonNullable<Tally['differs']> {
  const of = Math.min(one.length, other.length);
  return { of, count: one.slice(0, of).filter(({ verdict }, run) => verdict !== other[run]?.verdict).length };
}

export function rolledBackByMinute(outcomes: readonly Outcome[], minutes: number): readonly number[] {
  const times = outcomes.filter(({ verdict }) => verdict === 'rollBack').map(({ seconds }) => seconds);
  return Array.from({ length: minutes + 1 }, (_, minute) => times.filter((time) => time <= minute * 60 + 1e-6).length);
}

/** Nearest ranks from below; the mean is that of the finite. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  const rank = (q: number): number => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
  const finite = sorted.filter(Number.isFinite);
  const mean = finite.length === 0 ? Number.NaN : finite.reduce((sum, value) => sum + value, 0) / finite.length;
  return { median: rank(0.5), mean, p95: rank(0.95) };
}
