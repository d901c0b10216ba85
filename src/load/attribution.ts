// Whose fault a failed answer is: the stable version's, the canary's, or the routing's.
// Never counts. Called by users.ts. In doubt it is the routing's: "no request failed by routing" must be worth something.
import type { Millis } from '../lib/clock.ts';
import { type AccessEntry, CRASH_FLAGS, hasFlag, NO_POD_FLAGS, PROXY_FLAGS } from './access.ts';
import type { Answer } from './answer.ts';

export type Version = 'stable' | 'canary';

export type Blame = Version | 'routing';

/** A pod that went down by itself or was killed for not being live; never one that was told to end by a scale-down. */
export interface PodCrash {
  readonly pod: string;
  /** Whose pod it is; absent when it is neither's, or not known yet. */
  readonly version?: Version;
  /** When it went down. */
  readonly from: Millis;
  /** When it was ready again, or told to end; absent before. */
  readonly to?: Millis;
}

export interface AttributionRules {
  /** Which version's pod an entry speaks of; undefined when it is neither. */
  readonly versionOf: (entry: AccessEntry) => Version | undefined;
  readonly crashes: readonly PodCrash[];
}

/** The usual `versionOf`: by the names of the two subsets. */
export const bySubset =
  (subsets: { readonly stable: string; readonly canary: string }) =>
  (entry: AccessEntry): Version | undefined => {
    if (entry.subset === subsets.stable) return 'stable';
    return entry.subset === subsets.canary ? 'canary' : undefined;
  };

/** `entry` is undefined when the mesh has never heard of the request. */
export function attribute(answer: Answer, entry: AccessEntry | undefined, rules: AttributionRules): Blame {
  const version = entry && rules.versionOf(entry);
  if (entry === undefined || version === undefined) return 'routing';
  if (!hasFlag(entry, PROXY_FLAGS)) return version;
  return rules.crashes.some((crash) => explains(crash, answer, entry, version)) ? version : 'routing';
}

function explains(crash: PodCrash, answer: Answer, entry: AccessEntry, version: Version): boolean {
  if (hasFlag(entry, CRASH_FLAGS) && crash.pod === entry.pod) return isDuring(crash, answer, 0);
  // "No healthy upstream" names no pod: none of the version's was ready, so a crashed one is why.
  return hasFlag(entry, NO_POD_FLAGS) && crash.version === version && isDuring(crash, answer, NOTICE_MS);
}

/**
 * How much earlier the proxy may feel a dying process's sockets close than the kubelet learns of its exit, and how much later
 * it may learn that the pod is ready again. Both wait for a turn of the supervisor's event loop, which was late by 145 ms at
 * the 99.9th percentile while other programs kept both cores of a machine busy.
 */
const NOTICE_MS = 250;

function isDuring(crash: PodCrash, answer: Answer, lateMs: number): boolean {
  const to = answer.plannedAt + answer.latencyMs + NOTICE_MS;
  return crash.from <= to && (crash.to ?? Number.POSITIVE_INFINITY) + lateMs >= answer.sentAt;
}
