// How long things are waited for when blocks are closed, and how long blocks are: all in scrapes, milliseconds, and fixed in advance.
// Never looks at samples, so that no block's length depends on what is in it. Called by whoever reads blocks.
import type { Millis } from '../../lib/clock.ts';

/** Milliseconds. */
export interface Timing {
  readonly scrapeMs: number;
  /** Between two scrapes of one target further apart than this, blocks are not cut: the pending parts of both versions become one block. */
  readonly missingMs: number;
  /** A target without a scrape for longer is gone; if it comes back, what it counted meanwhile is not known to have been then. */
  readonly goneMs: number;
  /** How far behind their own time stamps samples may come in: clocks that go wrong, several servers behind one address. */
  readonly lateMs: number;
}

const MISSING_AFTER = 3;
const GONE_AFTER = 10;
const LATE_MS = 30_000;

export const timingOf = (scrapeMs: number): Timing => ({
  scrapeMs,
  missingMs: MISSING_AFTER * scrapeMs,
  goneMs: GONE_AFTER * scrapeMs,
  lateMs: LATE_MS,
});

/** No shorter than a scrape, and than this: CPU comes in bursts. */
const AT_LEAST_MS = { errors: 1000, latency: 1000, gauges: 3000 } as const;

export type BlockSort = keyof typeof AT_LEAST_MS;

/** Whole seconds. `wantedMs` may lengthen blocks, never shorten them. */
export function blockLengthOf(sort: BlockSort, { scrapeMs }: Timing, wantedMs = 0): number {
  return Math.ceil(Math.max(AT_LEAST_MS[sort], scrapeMs, wantedMs) / 1000) * 1000;
}

/** The grid begins at the epoch, whoever looks: `time` itself, or the next time on it. */
export const onGrid = (time: Millis, lengthMs: number): Millis => Math.ceil(time / lengthMs) * lengthMs;

/** What has been told up to `at`, a time on the grid. All that is kept between looks; the rest is read from samples again. */
export interface Cursor {
  readonly at: Millis;
}

/**
 * Samples of every series must be asked for from here on, so that the blocks after the cursor come out as if all had been read:
 * whoever is not gone has a scrape since then.
 */
export const readFrom = ({ at }: Cursor, { goneMs, lateMs }: Timing): Millis => at - goneMs - lateMs;
