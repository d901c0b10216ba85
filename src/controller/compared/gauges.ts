// Reads what gauge blocks are made of: both versions' requests, and CPU and memory of their pods, by the profile of their release.
// Never counts and never divides (analysis/blocks and the gates do). Called before they look.
import type { GaugeSamples, OfVersions, PodFacts } from '../../analysis/blocks/blocks.ts';
import { chosen } from '../../analysis/profiles/choose.ts';
import { acceptedProfile } from '../../analysis/profiles/own.ts';
import type { Family, Profile } from '../../analysis/profiles/profile.ts';
import type { MetricsSource } from '../../metrics/source.ts';
import type { SeriesData } from '../../series/series.ts';
import type { Subjects } from '../samples.ts';
import { type Counted, type Range, readCounted } from './counted.ts';

/** Requests of all methods, copied or not: all of them use CPU. */
export async function readGaugeSamples(
  subjects: Subjects,
  range: Range,
  pods: OfVersions<readonly PodFacts[]>,
  metrics: MetricsSource,
): Promise<OfVersions<GaugeSamples>> {
  const profile = acceptedProfile(subjects.policy.metrics);
  const wanted = { carried: profile.signals.requests, beside: gaugeFamilies(profile) };
  const { canary, stable } = await readCounted(subjects, profile, wanted, range, metrics);
  return {
    canary: gaugeSamples(profile, canary, pods.canary),
    stable: gaugeSamples(profile, stable, pods.stable),
  };
}

export const gaugeFamilies = ({ signals: { cpuUsage, memoryUsage } }: Profile): readonly Family[] => [
  ...cpuUsage,
  ...memoryUsage,
];

/** Of one version. Its pods are known here whoever counts their requests: CPU and memory are their own. */
export function gaugeSamples({ signals }: Profile, { found, up }: Counted, pods: readonly PodFacts[]): GaugeSamples {
  const of = (families: readonly Family[]): readonly SeriesData[] => chosen(families, found)?.series ?? [];
  return {
    requests: of(signals.requests),
    up,
    cpu: of(signals.cpuUsage),
    memory: of(signals.memoryUsage),
    pods,
  };
}
