// Reads what a version's traffic is told from, through the profile of its release: its request counters, and `up` of the targets
// that carry them. Never counts (traffic.ts does) and never guesses: what is not there is not in the answer. Called by traffic.ts.
import { chosen, selectAny } from '../analysis/profiles/choose.ts';
import type { VersionSeries } from '../analysis/profiles/identity.ts';
import { acceptedProfile } from '../analysis/profiles/own.ts';
import type { MethodFamily, Profile } from '../analysis/profiles/profile.ts';
import type { PolicySpec } from '../api/release.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { VersionName } from '../release/status.ts';
import { labelValue } from '../series/labels.ts';
import type { SeriesData } from '../series/series.ts';
import { carriersOf, type Read, readOwnUp, readUpOf } from './carriers.ts';

export interface TrafficSamples {
  readonly requests: readonly SeriesData[];
  /** Of the targets that carry them. */
  readonly up: readonly SeriesData[];
  /** These targets are not the version's own pods: each speaks for all of its pods. */
  readonly shared: boolean;
  /** Only some methods were asked for, but the metric does not tell them: requests of all are here. */
  readonly allMethods: boolean;
}

export interface SamplesWanted {
  readonly version: VersionName;
  readonly methods: 'all' | readonly string[];
  readonly from: number;
  readonly to: number;
}

/** What acceptance keeps, or what was made for a look. */
export interface Subjects {
  readonly versions: Readonly<Record<VersionName, VersionSeries>>;
  readonly policy: Pick<PolicySpec, 'metrics'>;
}

export async function readSamples(
  { versions, policy }: Subjects,
  { version, methods, from, to }: SamplesWanted,
  metrics: MetricsSource,
): Promise<TrafficSamples> {
  const profile = acceptedProfile(policy.metrics);
  const read: Read = (matchers) => metrics.select(matchers, from, to);
  const [own, found] = await Promise.all([
    readOwnUp(profile, versions[version], read),
    read(selectAny(profile.signals.requests, versions[version])),
  ]);
  const picked = ofMethods(profile.signals.requests, found, methods);
  if (profile.carriedBy === 'pods') return { ...picked, up: own, shared: false };
  const other = await readOther(profile, versions, version, read);
  const carriers = carriersOf(profile, [...own, ...other.up], [...found, ...other.carried]);
  if (carriers.length === 0) return { ...picked, up: profile.carriedBy === 'mesh' ? own : [], shared: false };
  return { ...picked, up: await readUpOf(carriers, read), shared: true };
}

/** What carries requests of the other version, or will carry some of either, and `up` of the other's pods. */
async function readOther(
  profile: Profile,
  versions: Subjects['versions'],
  version: VersionName,
  read: Read,
): Promise<{ readonly up: readonly SeriesData[]; readonly carried: readonly SeriesData[] }> {
  const other = versions[version === 'canary' ? 'stable' : 'canary'];
  const [up, ...carried] = await Promise.all([
    readOwnUp(profile, other, read),
    read(selectAny(profile.signals.requests, other)),
    ...profile.carriers.flatMap((family) => [versions[version], other].map((one) => read(selectAny([family], one)))),
  ]);
  return { up, carried: carried.flat() };
}

/** Only requests of these methods, where their metric tells methods. */
function ofMethods(
  families: readonly MethodFamily[],
  found: readonly SeriesData[],
  methods: SamplesWanted['methods'],
): Pick<TrafficSamples, 'requests' | 'allMethods'> {
  const choice = chosen(families, found);
  if (choice === undefined) return { requests: [], allMethods: false };
  const { series, allMethods } = onlyMethods(choice.family, choice.series, methods);
  return { requests: series, allMethods };
}

/** `allMethods`: not all were asked for, and the series do not tell them apart, so that all are here. */
export function onlyMethods(
  { method }: MethodFamily,
  series: readonly SeriesData[],
  methods: SamplesWanted['methods'],
): { readonly series: readonly SeriesData[]; readonly allMethods: boolean } {
  if (methods === 'all' || series.length === 0) return { series, allMethods: false };
  const methodOf = ({ labels }: SeriesData) => (method === undefined ? '' : labelValue(labels, method));
  if (series.every((one) => methodOf(one) === '')) return { series, allMethods: true };
  return { series: series.filter((one) => methods.includes(methodOf(one).toUpperCase())), allMethods: false };
}
