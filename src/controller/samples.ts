// Reads what a version's traffic is told from, through the profile of its release: its request counters, and `up` of the targets
// that carry them. Never counts (traffic.ts does) and never guesses: what is not there is not in the answer. Called by traffic.ts.
import { chosen, selectAny } from '../analysis/profiles/choose.ts';
import { type VersionSeries, whose } from '../analysis/profiles/identity.ts';
import { acceptedProfile } from '../analysis/profiles/own.ts';
import { fits, is, type Profile, type RequestFamily } from '../analysis/profiles/profile.ts';
import type { PolicySpec } from '../api/release.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { VersionName } from '../release/status.ts';
import { labelValue, NAME } from '../series/labels.ts';
import type { SeriesData } from '../series/series.ts';

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
    readUp(profile, versions[version], read),
    read(selectAny(profile.signals.requests, versions[version])),
  ]);
  const picked = ofMethods(profile.signals.requests, found, methods);
  if (profile.carriedBy === 'pods') return { ...picked, up: own, shared: false };
  const carriers = await carriersOf(profile, versions, own, found, { version, read });
  if (carriers.length === 0) return { ...picked, up: profile.carriedBy === 'mesh' ? own : [], shared: false };
  const up = await read([is(NAME, 'up'), fits('instance', carriers.map(quoted).join('|'))]);
  return { ...picked, up, shared: true };
}

type Read = (matchers: Parameters<MetricsSource['select']>[0]) => Promise<readonly SeriesData[]>;

/** By the pods' labels; where a scraper does not put these on its targets, by the pods' names, which every scraper knows. */
async function readUp(profile: Profile, version: VersionSeries, read: Read): Promise<readonly SeriesData[]> {
  const up = is(NAME, 'up');
  const found = await read([up, ...whose({ by: 'pods' }, version)]);
  if (found.length > 0 || profile.carriedBy === 'pods') return found;
  return read([up, ...whose({ by: 'podNames' }, version)]);
}

/**
 * Instances of the targets that carry requests of either version and are no pod of theirs: where one carries stable's, it
 * would carry the canary's too, and its silence about these is an answer.
 */
async function carriersOf(
  profile: Profile,
  versions: Subjects['versions'],
  own: readonly SeriesData[],
  found: readonly SeriesData[],
  { version, read }: { readonly version: VersionName; readonly read: Read },
): Promise<readonly string[]> {
  const other = versions[version === 'canary' ? 'stable' : 'canary'];
  const [ofOther, upOfOther, ...known] = await Promise.all([
    read(selectAny(profile.signals.requests, other)),
    readUp(profile, other, read),
    ...profile.carriers.flatMap((family) => [versions[version], other].map((one) => read(selectAny([family], one)))),
  ]);
  const pods = profile.carriedBy === 'callers' ? [] : [...own, ...upOfOther];
  const isOwn = (series: SeriesData): boolean =>
    pods.some(
      ({ labels }) => sameTarget(labels, series.labels, 'instance') || sameTarget(labels, series.labels, 'pod'),
    );
  const foreign = [...found, ...ofOther, ...known.flat()].filter((series) => !isOwn(series));
  return [...new Set(foreign.map(({ labels }) => labelValue(labels, 'instance')))].filter((name) => name !== '').sort();
}

const sameTarget = (a: SeriesData['labels'], b: SeriesData['labels'], label: string): boolean =>
  labelValue(a, label) !== '' && labelValue(a, label) === labelValue(b, label);

function ofMethods(
  families: readonly RequestFamily[],
  found: readonly SeriesData[],
  methods: SamplesWanted['methods'],
): Pick<TrafficSamples, 'requests' | 'allMethods'> {
  const choice = chosen(families, found);
  if (choice === undefined || methods === 'all') return { requests: choice?.series ?? [], allMethods: false };
  const { family, series } = choice;
  const methodOf = ({ labels }: SeriesData) => (family.method === undefined ? '' : labelValue(labels, family.method));
  if (series.every((one) => methodOf(one) === '')) return { requests: series, allMethods: true };
  return { requests: series.filter((one) => methods.includes(methodOf(one).toUpperCase())), allMethods: false };
}

/** As text in a regular expression (RE2). */
const quoted = (text: string): string => text.replaceAll(/[^A-Za-z0-9_:/-]/g, '\\$&');
