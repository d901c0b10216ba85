// On whose targets a version's requests are counted: its own pods', or others' (a waypoint, the callers), and when these were scraped.
// Never reads a counter; what carries one is told from series that are given. Called by samples.ts and by compared/.
import { type VersionSeries, whose } from '../analysis/profiles/identity.ts';
import { fits, is, type Profile } from '../analysis/profiles/profile.ts';
import { labelValue, NAME } from '../series/labels.ts';
import type { Matcher, SeriesData } from '../series/series.ts';

export type Read = (matchers: readonly Matcher[]) => Promise<readonly SeriesData[]>;

/** By the pods' labels; where a scraper does not put these on its targets, by the pods' names, which every scraper knows. */
export async function readOwnUp(
  { carriedBy }: Pick<Profile, 'carriedBy'>,
  version: VersionSeries,
  read: Read,
): Promise<readonly SeriesData[]> {
  const up = is(NAME, 'up');
  const found = await read([up, ...whose({ by: 'pods' }, version)]);
  if (found.length > 0 || carriedBy === 'pods') return found;
  return read([up, ...whose({ by: 'podNames' }, version)]);
}

/**
 * Instances of the targets that carry series of either version and are no pod of theirs (`own`: `up` of these): where one
 * carries stable's, it would carry the canary's too, and its silence about these is an answer.
 */
export function carriersOf(
  { carriedBy }: Pick<Profile, 'carriedBy'>,
  own: readonly SeriesData[],
  carried: readonly SeriesData[],
): readonly string[] {
  if (carriedBy === 'pods') return [];
  const pods = carriedBy === 'callers' ? [] : own;
  const valuesOf = (label: string) => new Set(pods.map(({ labels }) => labelValue(labels, label)));
  const [instances, names] = [valuesOf('instance'), valuesOf('pod')];
  const isOwn = ({ labels }: SeriesData): boolean =>
    isAmong(instances, labelValue(labels, 'instance')) || isAmong(names, labelValue(labels, 'pod'));
  const foreign = carried.filter((series) => !isOwn(series)).map(({ labels }) => labelValue(labels, 'instance'));
  return [...new Set(foreign)].filter((name) => name !== '').sort();
}

const isAmong = (known: ReadonlySet<string>, value: string): boolean => value !== '' && known.has(value);

/** `up` of the targets with these instances. */
export const readUpOf = (instances: readonly string[], read: Read): Promise<readonly SeriesData[]> =>
  read([is(NAME, 'up'), fits('instance', instances.map(quoted).join('|'))]);

/** As text in a regular expression (RE2). */
const quoted = (text: string): string => text.replaceAll(/[^A-Za-z0-9_:/-]/g, '\\$&');
