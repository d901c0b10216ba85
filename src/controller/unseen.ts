// Which ready pod has not been scraped for so long that its targets count as gone: what it answers stands in no sample.
// Never asks whose fault that is: to a scraper that has not found the pod yet the same time is left. Called by traffic.ts.
import { timingOf } from '../analysis/blocks/blocks.ts';
import type { UnseenPod } from '../analysis/comparative/unseen.ts';
import type { Pod } from '../api/kubernetes.ts';
import { readyCondition } from '../api/readiness.ts';
import type { Millis } from '../lib/clock.ts';
import { newestSuccess } from '../metrics/fresh.ts';
import { labelValue } from '../series/labels.ts';
import type { SeriesData } from '../series/series.ts';
import { isReady } from './versions.ts';

/** So far back `up` must have been read: a little further than what is too long. */
export const upBackMs = (scrapeMs: number): number => timingOf(scrapeMs).goneMs + scrapeMs;

export interface UpRead {
  readonly from: Millis;
  readonly now: Millis;
  readonly scrapeMs: number;
}

/** Of several the one for the longest. `up`: of the pods' own targets. A pod that is on its way out is sent nothing any more. */
export function unseenPod(
  pods: readonly Pod[],
  up: readonly SeriesData[],
  { from, now, scrapeMs }: UpRead,
): UnseenPod | undefined {
  const long = now - timingOf(scrapeMs).goneMs;
  const byPod = Map.groupBy(up, ({ labels }) => labelValue(labels, 'pod'));
  // Targets that do not say whose they are: then nothing is known of any one pod.
  if (byPod.has('')) return undefined;
  const unseen = pods.flatMap((pod): readonly UnseenPod[] => {
    const { name, deletionTimestamp } = pod.metadata;
    if (!isReady(pod) || deletionTimestamp !== undefined) return [];
    // Who does not say since when is ready has long been so.
    const readyAt = Date.parse(readyCondition(pod)?.lastTransitionTime ?? '') || 0;
    const since = Math.max(newestSuccess(byPod.get(name) ?? []) ?? from, readyAt);
    return since < long ? [{ pod: name, since }] : [];
  });
  return unseen.toSorted((a, b) => a.since - b.since || (a.pod < b.pod ? -1 : 1))[0];
}
