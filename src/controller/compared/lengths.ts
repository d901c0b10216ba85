// How long the blocks of an attempt are: by how often its numbers move, never by what they say.
// Never reads. Called once for an attempt, by reading.ts.
import { blockLengthOf, timingOf } from '../../analysis/blocks/blocks.ts';
import type { BlockLengths } from '../../analysis/comparative/setting.ts';
import type { Profile } from '../../analysis/profiles/profile.ts';
import type { MetricsSource } from '../../metrics/source.ts';

/** What moves in stairs, each pod's at other times, needs blocks of two stairs. */
const STAIRS = 2;
/** cAdvisor measures every 10 to 15 s. */
const USAGE_EVERY_MS = 15_000;

export function blockLengths(
  { scrapeIntervalMs, usageEveryMs = USAGE_EVERY_MS }: Pick<MetricsSource, 'scrapeIntervalMs' | 'usageEveryMs'>,
  { histogramsEveryMs = 0 }: Pick<Profile, 'histogramsEveryMs'>,
): BlockLengths {
  const timing = timingOf(scrapeIntervalMs);
  return {
    errors: blockLengthOf('errors', timing),
    latency: blockLengthOf('latency', timing, STAIRS * histogramsEveryMs),
    gauges: blockLengthOf('gauges', timing, STAIRS * usageEveryMs),
  };
}
