// What gather hands to decide: plain data about the objects, the traffic and the clock, all of one instant.
// Never a promise, a client or a function. Filled by controller/gather, and by tests.
import type { UnseenPod } from '../analysis/comparative/unseen.ts';
import type { GateVerdict } from '../analysis/gate.ts';
import type { Millis } from '../lib/clock.ts';
import type { ComparisonReading } from './comparison-reading.ts';
import type { Plan } from './plan.ts';
import type { ActiveStatus, VersionName } from './status.ts';
import type { Trouble } from './trouble.ts';

export interface VersionState {
  readonly found: boolean;
  /** Hash of the pod template and of the ConfigMaps and Secrets that it refers to. */
  readonly revision: string;
  /** `spec.replicas`. */
  readonly wanted: number;
  readonly ready: number;
  /** Pods with a running container, ready or not. */
  readonly running: number;
  /** How long its own probes allow a new pod for its start, beyond what any pod may take. */
  readonly startupMs: number;
  /** Pods of an older template may still be there. */
  readonly rollsOut?: boolean;
  /** What is wrong with its pods, or keeps them from being made; the worst of it. */
  readonly trouble?: Trouble;
  /** As many pods as its autoscaler allows; absent without one. */
  readonly mostReplicas?: number;
}

/** What the samples say about one version; requests are raw counter increments with those of probes taken off. */
export interface TrafficState {
  /** Ready pods whose target is up and has fresh series. */
  readonly up: number;
  /** Newest sample of any of its targets. */
  readonly newestAt?: Millis;
  /** Why nothing of either version could be read, when that is so. */
  readonly unread?: string;
  /** First successful scrape of any of its targets, as far as was looked back: what came before has not been seen. */
  readonly readFrom?: Millis;
  /** Until when the requests of all of its running pods are known; absent when one of them cannot be read. */
  readonly readTo?: Millis;
  /** Of the canary: a ready pod whose requests nobody has read for long. Absent too where they are not counted by its own targets. */
  readonly unseen?: UnseenPod;
  /** Only some methods are mirrored, and the requests here are of all: copies cannot be expected of so many. */
  readonly allMethods?: boolean;
  /** Requests since the present route intent was read back. */
  readonly sinceReadBack: number;
  /** Requests after `status.counts.at`, as far as samples are settled (`settledAt`): each is counted in exactly one turn. */
  readonly sinceCount: number;
  /** Requests of the last two scrape intervals. */
  readonly recent: number;
  /** Time of the last sample that showed a request. */
  readonly lastMovedAt?: Millis;
  /** Time of the first sample of this attempt that showed a request. */
  readonly firstMovedAt?: Millis;
}

export type RouteState =
  /** The objects say what the status intends. */
  | { readonly kind: 'inPlace' }
  /** They differ: to be written (our own pending write, or somebody's change). */
  | { readonly kind: 'differs'; readonly message: string }
  /** They are gone, or the intent cannot be expressed on them any more; `wayBack`: that nobody is on the canary can. */
  | { readonly kind: 'unusable'; readonly message: string; readonly wayBack?: boolean };

/** `by`: who gave it, where Kubernetes vouches for that. */
export interface GivenApproval {
  readonly step: number;
  readonly revision?: string | undefined;
  readonly by?: string;
}

export interface Orders {
  readonly paused: boolean;
  readonly aborted: boolean;
  /** The Release object is being deleted. */
  readonly deleting: boolean;
  readonly approvals: readonly GivenApproval[];
  /** Promote this revision without further evidence, and why. */
  readonly promoted?: { readonly revision: string; readonly reason: string };
  /** Nobody waits any longer for a held release: put traffic back, and call it inconclusive. */
  readonly expired: boolean;
}

/** Where Serin runs, not what a release wants. */
export interface Settings {
  readonly scrapeIntervalMs: number;
  /** How long a routing change takes to reach every proxy, at least (10 s in a cluster, 2 s on one machine). */
  readonly propagationMs: number;
  /** How long pods may take to become ready, and a ready canary to become observable. */
  readonly graceMs: number;
  /** How long a drain may stay unproven before the loser is left running. */
  readonly drainLimitMs: number;
  /** How long a request may last where no route has a timeout; left out: no longer than it takes to see the traffic gone. */
  readonly untimedRequestMs?: number;
}

export interface Input {
  readonly now: Millis;
  readonly orders: Orders;
  readonly status: ActiveStatus;
  readonly plan: Plan;
  readonly versions: Readonly<Record<VersionName, VersionState>>;
  readonly traffic: Readonly<Record<VersionName, TrafficState>>;
  readonly route: RouteState;
  /** The Service of the release is gone: what leads to it leads nowhere. */
  readonly serviceGone?: string;
  /** Why these routes cannot name the canary as the new stable; looked at in the clean-up, absent when they can. */
  readonly unpromotable?: string;
  /** Of the gates with a query. */
  readonly verdicts: readonly GateVerdict[];
  /** For the comparative gates; absent when there are none, or nothing could be read. */
  readonly compared?: ComparisonReading;
  /** How callers may reach the canary past the routes, as the objects show it; looked at when requests leak. */
  readonly ways?: readonly string[];
  readonly settings: Settings;
}
