// Scrapes as their targets saw them: how late each was for its slot, and which never came.
// Never knows who scraped. Called by bench.ts.
import type { Arrivals } from './targets.ts';

export interface Punctuality {
  /** Milliseconds after the slot, of every scrape. */
  readonly late: readonly number[];
  readonly missed: number;
}

/**
 * Slots lie one interval apart; where, nobody tells the target, so that its earliest scrape of the whole time stands
 * for a punctual one. A slot without a scrape is missed; a scrape later than half an interval counts as the next slot's.
 */
export function punctuality(arrivals: Arrivals, intervalMs: number, from: number, to: number): Punctuality {
  const late: number[] = [];
  let missed = 0;
  for (const all of arrivals) {
    const times = all.filter((time) => time >= from && time < to);
    const [first = from] = times;
    const slots = times.map((time) => Math.round((time - first) / intervalMs));
    const offsets = times.map((time, index) => time - first - (slots[index] ?? 0) * intervalMs);
    const punctual = offsets.reduce((least, offset) => Math.min(least, offset), 0);
    late.push(...offsets.map((offset) => offset - punctual));
    // The window holds as many slots as intervals, or one less where it begins and ends close to one.
    missed += Math.max(0, Math.floor((to - from) / intervalMs) - 1 - new Set(slots).size);
  }
  return { late, missed };
}
