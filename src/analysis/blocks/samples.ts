// What blocks are made of: raw series of one version, class by class, and what is known of its pods beside them.
// Never selects or fetches them: whoever reads for a release does (blocks.ts says what to ask for). Types alone.
import type { Millis } from '../../lib/clock.ts';
import type { SeriesData } from '../../series/series.ts';

export type Version = 'canary' | 'stable';

export const VERSIONS = ['canary', 'stable'] as const satisfies readonly Version[];

export type OfVersions<Kind> = Readonly<Record<Version, Kind>>;

/**
 * What does not change any more once it is known: a pod that is ready again has the time of the first. Pods whose requests
 * others count (a waypoint, the callers) are left out: nothing is waited for on their account.
 */
export interface PodFacts {
  readonly name: string;
  /** When its first container started; in time for the first look that is later by `missingMs`. */
  readonly startedAt?: Millis;
  readonly readyAt?: Millis;
  /** No sample of it is later than this by more than a scrape. */
  readonly endedAt?: Millis;
  readonly probes?: ProbeLoad;
}

/** What a pod's own probes add to its requests (see probes.ts), where they are counted at all. Requests per second. */
export interface ProbeLoad {
  readonly perSecond: number;
  readonly starting?: { readonly perSecond: number; readonly until: Millis };
}

/** Series that are scraped together, in classes that whoever asks has named. */
export interface Feed {
  /** One list for each class. A series may be in several. */
  readonly classes: readonly (readonly SeriesData[])[];
  /** Of the targets that carry them. */
  readonly up: readonly SeriesData[];
  /**
   * `instance`: all series of one are scraped at once, so that one that was not there before began at zero. `series`: each by
   * itself (cAdvisor gives each container's samples a time of their own), so that nothing is known of one that was not there.
   */
  readonly targets: 'instance' | 'series';
  /** A level (memory) is summed up over time: its unit times seconds. */
  readonly reads: 'counters' | 'levels';
}

export interface VersionFeeds {
  readonly feeds: readonly Feed[];
  readonly pods: readonly PodFacts[];
}
