// Reads the series that carry some of a profile's signals, of both versions, and `up` of the targets that they are on: once for all.
// Never picks a metric and never counts. Called by errors.ts, latency.ts, gauges.ts and history.ts.
import type { OfVersions, Version } from '../../analysis/blocks/blocks.ts';
import { selectAll } from '../../analysis/profiles/choose.ts';
import type { Family, Profile } from '../../analysis/profiles/profile.ts';
import type { Millis } from '../../lib/clock.ts';
import type { MetricsSource } from '../../metrics/source.ts';
import { labelValue, NAME } from '../../series/labels.ts';
import type { SeriesData } from '../../series/series.ts';
import { carriersOf, type Read, readOwnUp, readUpOf } from '../carriers.ts';
import type { Subjects } from '../samples.ts';

export interface Range {
  readonly from: Millis;
  /** Not later than the beginning of the reading: the time of the look. */
  readonly to: Millis;
}

export interface Wanted {
  /** Counters that are on the targets of the version's requests. */
  readonly carried: readonly Family[];
  /** What others say of its pods (the kubelet), each series by itself. */
  readonly beside?: readonly Family[];
  /** Both, when left out. */
  readonly versions?: readonly Version[];
}

export interface Counted {
  /** All of them, whatever their metric. */
  readonly found: readonly SeriesData[];
  readonly up: readonly SeriesData[];
  /** Others' targets count, each for all pods of both versions: a waypoint, callers. Nothing is told by pod. */
  readonly shared: boolean;
}

const NONE: readonly SeriesData[] = [];

/**
 * `up` is asked for first, and the counters once it is there: a scrape that comes in between is in counters alone, and its
 * series tell it. Only whose targets they are can be known no earlier than from the counters (see `notAhead`). Rejects when one
 * of the reads fails.
 */
export async function readCounted(
  { versions: series }: Subjects,
  profile: Profile,
  { carried, beside = [], versions = ['canary', 'stable'] }: Wanted,
  { from, to }: Range,
  metrics: MetricsSource,
): Promise<OfVersions<Counted>> {
  const read: Read = (matchers) => metrics.select(matchers, from, to);
  const ofEach = (ask: (version: Version) => Promise<readonly SeriesData[]>) =>
    bothOf(async (version) => (versions.includes(version) ? ask(version) : NONE));
  const own = await ofEach(async (version) =>
    profile.carriedBy === 'callers' ? NONE : readOwnUp(profile, series[version], read),
  );
  const traffic = [...carried, ...profile.carriers];
  const found = await ofEach(async (version) =>
    (await Promise.all(selectAll([...traffic, ...beside], series[version]).map(read))).flat(),
  );
  const names = new Set(traffic.map(({ metric }) => metric));
  const counters = [...found.canary, ...found.stable].filter(({ labels }) => names.has(labelValue(labels, NAME)));
  const carriers = carriersOf(profile, [...own.canary, ...own.stable], counters);
  const shared = profile.carriedBy === 'callers' || carriers.length > 0;
  const up = carriers.length === 0 ? own : both(notAhead(await readUpOf(carriers, read), counters));
  return {
    canary: { found: found.canary, up: up.canary, shared },
    stable: { found: found.stable, up: up.stable, shared },
  };
}

export async function bothOf<Value>(ask: (version: Version) => Promise<Value>): Promise<OfVersions<Value>> {
  const [canary, stable] = await Promise.all([ask('canary'), ask('stable')]);
  return { canary, stable };
}

const both = <Value>(value: Value): OfVersions<Value> => ({ canary: value, stable: value });

/**
 * Here `up` was read after the counters: its last scrape may be one that these do not know yet, and would stand for nothing
 * counted. It is left for the next look.
 */
function notAhead(up: readonly SeriesData[], counters: readonly SeriesData[]): readonly SeriesData[] {
  const newest = new Map<string, Millis>();
  for (const { labels, times } of counters) {
    const instance = labelValue(labels, 'instance');
    newest.set(instance, Math.max(newest.get(instance) ?? -Infinity, times.at(-1) ?? -Infinity));
  }
  return up.map((series) => {
    const { labels, times, values } = series;
    const known = newest.get(labelValue(labels, 'instance')) ?? -Infinity;
    if ((times.at(-1) ?? -Infinity) <= known) return series;
    return { labels, times: times.subarray(0, -1), values: values.subarray(0, -1) };
  });
}
