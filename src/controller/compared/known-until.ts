// Up to when a look may close blocks: as far as scrapes show that time has passed, whatever the controller's clock says.
// Never reads samples of its own, but one time where a gap may be the metrics' or the clock's. Called by looks.ts.
import type { OfVersions, Timing } from '../../analysis/blocks/blocks.ts';
import type { Millis } from '../../lib/clock.ts';
import type { MetricsSource } from '../../metrics/source.ts';
import type { SeriesData } from '../../series/series.ts';

export interface ReadUntil {
  /** Up to and with which time samples were read. */
  readonly to: Millis;
  readonly now: Millis;
  readonly timing: Timing;
}

/**
 * Where the newest sample of `up`, failed scrapes among them, is long before the end of what was read, the metrics were away, or the
 * clock is ahead: then what has not come may still come, and nothing after it is known. A gap in the past is told by this alone,
 * that anything has been scraped since.
 */
export async function knownUntil(
  { canary, stable }: OfVersions<{ readonly up: readonly SeriesData[] }>,
  { to, now, timing }: ReadUntil,
  metrics: Pick<MetricsSource, 'freshAt'>,
): Promise<Millis> {
  const newest = Math.max(...[...canary.up, ...stable.up].map(({ times }) => times.at(-1) ?? -Infinity));
  if (newest + timing.missingMs + timing.lateMs >= to) return to;
  const since = to < now ? await metrics.freshAt(now) : undefined;
  return since !== undefined && since >= to ? to : newest;
}
