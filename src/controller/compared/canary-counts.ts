// The canary's requests and errors second by second, over all of an attempt: for what other rules would have made of them.
// Never compares and never judges. Called by rehearsal when a release has been rolled back.
import { type Block, type ErrorCounts, errorBlocks, onGrid, timingOf } from '../../analysis/blocks/blocks.ts';
import type { Millis } from '../../lib/clock.ts';
import type { MetricsSource } from '../../metrics/source.ts';
import type { ActiveStatus } from '../../release/status.ts';
import { readErrorSamples } from './errors.ts';

export interface CanaryCounts {
  /** When the canary was first exposed. */
  readonly began: Millis;
  readonly blocks: readonly Pick<Block<ErrorCounts>, 'from' | 'to' | 'canary'>[];
}

/** Up to `to`; undefined of a release that compares nothing. */
export async function canaryCounts(
  { accepted, comparisons }: Pick<ActiveStatus, 'accepted' | 'comparisons'>,
  to: Millis,
  metrics: MetricsSource,
): Promise<CanaryCounts | undefined> {
  if (comparisons === undefined) return undefined;
  const { pods } = comparisons;
  const { began, lengths } = comparisons.setting;
  const { samples } = await readErrorSamples(accepted, { methods: 'all', from: began, to }, pods, metrics);
  const timing = timingOf(metrics.scrapeIntervalMs);
  const reading = { timing, attemptBegan: began, warmUpMs: 0, lengthMs: lengths.errors };
  const { blocks } = errorBlocks({ at: onGrid(began, lengths.errors) }, samples, reading, to);
  return { began, blocks };
}
