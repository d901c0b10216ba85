// Whose fault a failed answer is: the stable version's, the canary's, or the routing's.
// Never counts. Called by users.ts. In doubt it is the routing's: "no request failed by routing" must be worth something.
import type { Millis } from '../lib/clock.ts';
import { type AccessEntry, CRASH_FLAGS, hasFlag, PROXY_FLAGS } from './access.ts';
import type { Answer } from './answer.ts';

export type Blame = 'stable' | 'canary' | 'routing';

/** A pod that went down by itself or was killed for not being live; never one that was told to end by a scale-down. */
export interface PodCrash {
  readonly pod: string;
  /** When it went down. */
  readonly from: Millis;
  /** When it was ready again; absent while it is not. */
  readonly to?: Millis;
}

export interface AttributionRules {
  /** Which version's pod an entry speaks of; undefined when it is neither. */
  readonly versionOf: (entry: AccessEntry) => 'stable' | 'canary' | undefined;
  readonly crashes: readonly PodCrash[];
}

/** The usual `versionOf`: by the names of the two subsets. */
export const bySubset =
  (subsets: { readonly stable: string; readonly canary: string }) =>
  (entry: AccessEntry): 'stable' | 'canary' | undefined => {
    if (entry.subset === subsets.stable) return 'stable';
    return entry.subset === subsets.canary ? 'canary' : undefined;
  };

/** `entry` is undefined when the mesh has never heard of the request. */
export function attribute(answer: Answer, entry: AccessEntry | undefined, rules: AttributionRules): Blame {
  if (entry === undefined) return 'routing';
  const version = rules.versionOf(entry) ?? 'routing';
  if (!hasFlag(entry, PROXY_FLAGS)) return version;
  return hasFlag(entry, CRASH_FLAGS) && crashedDuring(answer, entry.pod, rules.crashes) ? version : 'routing';
}

// How much earlier the proxy may feel a dying process's sockets close than the kubelet learns of its exit.
const NOTICE_MS = 100;

function crashedDuring(answer: Answer, pod: string | undefined, crashes: readonly PodCrash[]): boolean {
  const from = answer.sentAt;
  const to = answer.plannedAt + answer.latencyMs + NOTICE_MS;
  return crashes.some(
    (crash) => crash.pod === pod && crash.from <= to && (crash.to ?? Number.POSITIVE_INFINITY) >= from,
  );
}
