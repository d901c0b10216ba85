// What a look at the metrics has found of one signal, or of one selector of a gate, for one version.
// Plain data, made by signals.ts and gates.ts, read by the command line.
import { SIGNAL_TITLES } from '../analysis/profiles/profile.ts';
import type { VersionName } from '../release/status.ts';
import { labelValue, NAME } from '../series/labels.ts';
import { isStale, type SeriesData } from '../series/series.ts';
import type { Look } from './look.ts';

export type State =
  /** With a fresh sample. */
  | 'found'
  /** None, and that is an answer: the version is scraped, and its metric is known. */
  | 'zero'
  /** The newest sample is too old. */
  | 'stale'
  | 'missing'
  /** Nothing at all of this version, while all is well with the other: it does not run yet, or nobody scrapes it. */
  | 'absent';

export interface Finding {
  /** A signal's name, or a gate's selector. */
  readonly what: string;
  /** Left out for a selector that names no version, or neither. */
  readonly version?: VersionName;
  /** Where the release cannot do without. */
  readonly needed: boolean;
  readonly state: State;
  readonly metric?: string;
  readonly series: number;
  /** Of the newest sample, milliseconds. */
  readonly ageMs?: number;
  /** As people read it: per second for counters, the sum for gauges. */
  readonly value?: string;
  /** What to do where it is not there. */
  readonly advice?: string;
}

/** What people call it; targets are looked at beside the profile's signals, and are called so. */
export const titleOf = ({ what }: Pick<Finding, 'what'>): string => TITLES[what] ?? what;

const TITLES: Readonly<Record<string, string>> = SIGNAL_TITLES;

export const isThere = ({ state }: Pick<Finding, 'state'>): boolean => state === 'found' || state === 'zero';

export interface Sampled {
  readonly metric: string;
  readonly series: readonly SeriesData[];
  readonly newestAt: number;
}

/** Of series found together; undefined where none has a sample. */
export function sampled(series: readonly SeriesData[]): Sampled | undefined {
  const newest = series.map(newestOf).filter((time) => time !== undefined);
  const [first] = series;
  if (first === undefined || newest.length === 0) return undefined;
  return { metric: labelValue(first.labels, NAME), series, newestAt: Math.max(...newest) };
}

function newestOf({ times, values }: SeriesData): number | undefined {
  for (let index = times.length - 1; index >= 0; index--) if (!isStale(values, index)) return times[index];
  return undefined;
}

/** Samples older than this many scrapes are stale, as in the release itself. */
const FRESH_SCRAPES = 3;

export const isFresh = ({ newestAt }: Sampled, { at, metrics }: Look): boolean =>
  at - newestAt <= FRESH_SCRAPES * metrics.scrapeIntervalMs;

export const seen = (found: Sampled, { at }: Look): Pick<Finding, 'series' | 'metric' | 'ageMs'> => ({
  series: found.series.length,
  metric: found.metric,
  ageMs: Math.max(0, at - found.newestAt),
});
