// Reads what latency blocks are made of: the buckets of both versions' successful answers, by the profile of their release.
// Never counts and never finds a quantile (analysis/blocks and the gates do). Called before they look.
import type { LatencySamples, OfVersions, PodFacts, Version } from '../../analysis/blocks/blocks.ts';
import type { Telling } from '../../analysis/comparative/measured.ts';
import { chosen } from '../../analysis/profiles/choose.ts';
import { acceptedProfile } from '../../analysis/profiles/own.ts';
import type { LatencyFamily, Profile } from '../../analysis/profiles/profile.ts';
import type { MetricsSource } from '../../metrics/source.ts';
import { labelValue } from '../../series/labels.ts';
import type { SeriesData } from '../../series/series.ts';
import { onlyMethods, type SamplesWanted, type Subjects } from '../samples.ts';
import { type Counted, readCounted } from './counted.ts';
import type { ComparedRange } from './errors.ts';

export interface LatencyReadout {
  readonly samples: OfVersions<LatencySamples>;
  /** Only some methods were asked for, and stable's buckets do not tell them: requests of all are here. */
  readonly allMethods: boolean;
  readonly telling: OfVersions<Telling>;
}

/** Buckets that do not tell codes (Envoy's cluster statistics, many an application's) have failed answers among them. */
export async function readLatencySamples(
  subjects: Subjects,
  { methods, ...range }: ComparedRange,
  pods: OfVersions<readonly PodFacts[]>,
  metrics: MetricsSource,
): Promise<LatencyReadout> {
  const profile = acceptedProfile(subjects.policy.metrics);
  const counted = await readCounted(subjects, profile, { carried: latencyFamilies(profile) }, range, metrics);
  const readout = (version: Version) =>
    latencySamples(profile, counted[version], pods[version], version === 'stable' ? methods : 'all');
  const [canary, stable] = [readout('canary'), readout('stable')];
  return {
    samples: { canary: canary.samples, stable: stable.samples },
    allMethods: stable.allMethods,
    telling: { canary: canary.telling, stable: stable.telling },
  };
}

/** Of successful answers alone. */
export const latencyFamilies = ({ signals }: Profile): readonly LatencyFamily[] =>
  signals.latency.map((family) => ({ ...family, where: [...family.where, ...(family.successful ?? [])] }));

/** Of one version. */
export function latencySamples(
  profile: Profile,
  { found, up, shared }: Counted,
  facts: readonly PodFacts[],
  methods: SamplesWanted['methods'],
): { readonly samples: LatencySamples; readonly allMethods: boolean; readonly telling: Telling } {
  const pods = shared ? [] : facts;
  const choice = chosen(latencyFamilies(profile), found);
  const telling = { latency: choice?.series.some(isBounded) === true && choice.family.metric };
  if (choice === undefined) return { samples: { buckets: [], up, pods }, allMethods: false, telling };
  const { series: buckets, allMethods } = onlyMethods(choice.family, choice.series, methods);
  return { samples: { buckets, up, pods, unit: choice.family.unit }, allMethods, telling };
}

/** What takes any time is not told. */
const isBounded = ({ labels }: SeriesData): boolean => !['', '+Inf'].includes(labelValue(labels, 'le'));
