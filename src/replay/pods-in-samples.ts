// What samples tell of the pods of both versions: since when they are seen, and what their own probes add.
// Never reads objects: when a pod started or was deleted nobody says here. Called by hindsight.ts.
import type { OfVersions, PodFacts } from '../analysis/blocks/blocks.ts';
import { acceptedProfile } from '../analysis/profiles/own.ts';
import { readOwnUp } from '../controller/carriers.ts';
import type { KnownPods } from '../controller/compared/known-pods.ts';
import type { Millis } from '../lib/clock.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { Accepted } from '../release/status.ts';
import { labelValue } from '../series/labels.ts';
import type { SeriesData } from '../series/series.ts';

export interface PodsInSamples {
  readonly versions: Accepted['versions'];
  readonly policy: Pick<Accepted['policy'], 'metrics'>;
  /** Requests per second of one pod's own probes. */
  readonly probesPerPod: OfVersions<number>;
}

/** Pods that were scraped in `from`..`to`. One that is first seen later than `from` has become ready then. */
export async function podsInSamples(
  { versions, policy, probesPerPod }: PodsInSamples,
  metrics: MetricsSource,
  { from, to }: { readonly from: Millis; readonly to: Millis },
): Promise<(countsProbes: boolean) => KnownPods> {
  const profile = acceptedProfile(policy.metrics);
  const upOf = (version: 'canary' | 'stable') =>
    readOwnUp(profile, versions[version], (matchers) => metrics.select(matchers, from, to));
  const [canary, stable] = await Promise.all([upOf('canary'), upOf('stable')]);
  const late = from + 2 * metrics.scrapeIntervalMs;
  const factsOf = (up: readonly SeriesData[], perSecond: number): readonly PodFacts[] =>
    [...Map.groupBy(up, ({ labels }) => labelValue(labels, 'pod'))].map(([name, series]) => {
      const first = Math.min(...series.map(({ times }) => times[0] ?? Infinity));
      return { name, readyAt: first > late ? first : 0, ...(perSecond > 0 && { probes: { perSecond } }) };
    });
  return (countsProbes) => ({
    facts: {
      canary: factsOf(canary, countsProbes ? probesPerPod.canary : 0),
      stable: factsOf(stable, countsProbes ? probesPerPod.stable : 0),
    },
  });
}
