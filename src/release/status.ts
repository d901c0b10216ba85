// What a release remembers: everything a restarted controller needs, in the object's own status.
// Never holds what can be derived from the plan or read from the world. Written by fold and apply only.

import type { Comparisons } from '../analysis/comparative/comparisons.ts';
import type { StoredComparisons } from '../analysis/comparative/stored.ts';
import type { Evidence, GateVerdict } from '../analysis/gate.ts';
import type { ConditionReason, ConditionType, Reason } from '../api/conditions.ts';
import type { PolicySpec } from '../api/release.ts';
import type { Problem } from '../lib/problem.ts';
import type { Time } from '../lib/time.ts';
import type { RouteIdentity } from '../routing/target.ts';
import type { StepKind } from './plan.ts';
import type { Exposure, RouteIntent } from './target.ts';

export type Phase = 'Pending' | 'Running' | 'CleaningUp' | 'Promoted' | 'RollingBack' | 'RolledBack' | 'Rejected';

export type VersionName = 'stable' | 'canary';

/** Decided once, at acceptance, and never derived again (design.md §3). */
export interface Accepted {
  readonly at: Time;
  readonly versions: Readonly<Record<VersionName, AcceptedVersion>>;
  readonly policy: PolicySpec;
  readonly identity: RouteIdentity;
  /** The longest timeout of the routes that lead to the pair, milliseconds; 0 when none has one. */
  readonly routeTimeoutMs: number;
  /** One of them has none: its requests may last for as long as they like. */
  readonly untimed?: boolean;
}

export interface AcceptedVersion {
  readonly deployment: string;
  readonly revision: string;
  readonly replicas: number;
  /** Labels that pick this version's series: what `$canary` and `$stable` expand to. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of its pods' own series, where those are others. */
  readonly pods?: Readonly<Record<string, string>>;
}

export interface RouteStatus {
  readonly intent: RouteIntent;
  /** The share that the canary had before, and how, for telling whether traffic has moved. */
  readonly from: RouteIntent;
  /** When it was last to be written: decided, or found overwritten. */
  readonly intendedAt: Time;
  /** When the objects were first read back with this intent in them. Counts for the confirmation start here. */
  readonly readBackAt?: Time;
  readonly confirmed?: { readonly at: Time; readonly by: 'traffic' | 'time' };
  /**
   * When routes that lead nobody to the loser (the canary without exposure, stable once promoted) were first read back. A
   * drain's limit counts from here: neither the removal of the pool nor somebody's overwriting begins it anew.
   */
  readonly withdrawnAt?: Time;
  /** When somebody else was seen to have changed our fields; bounded to the last few. */
  readonly overwrites?: readonly Time[];
}

/** Requests seen since the present exposure was confirmed, by samples up to `at`; newer ones are added at each turn. */
export interface Counts {
  readonly exposure: Exposure;
  readonly since: Time;
  readonly at: Time;
  readonly canary: number;
  readonly stable: number;
}

/** Only time with fresh samples counts; up to `at`, the rest is added at each turn. */
export interface ActiveTime {
  readonly at: Time;
  readonly stepMs: number;
  readonly totalMs: number;
}

export interface StepStatus {
  readonly index: number;
  readonly enteredAt: Time;
  /** When the step's last target was confirmed: its clock and its windows start here. */
  readonly arrivedAt?: Time;
}

export type Outcome = 'promoted' | 'rolledBack' | 'inconclusive' | 'aborted' | 'rejected';

export interface RollBackStatus {
  readonly at: Time;
  readonly policy: string;
  readonly reason: Reason;
  readonly message: string;
  readonly outcome: Extract<Outcome, 'rolledBack' | 'inconclusive' | 'aborted'>;
  readonly verdict?: GateVerdict;
}

/** A verdict without its evidence where a status cannot keep all of it (keeping.ts). */
export type VerdictRecord = Omit<GateVerdict, 'evidence'> & { readonly evidence?: Evidence };

export interface StepRecord {
  readonly kind: StepKind;
  readonly traffic: string;
  readonly attempt: number;
  readonly startedAt: Time;
  /** When its exposure was last seen in the traffic; absent while it never was, for good when the step ended before. */
  readonly confirmedAt?: Time;
  /** Absent while it is the present step. */
  readonly endedAt?: Time;
  /** The last ones made in it; old records keep only their sentences. */
  readonly gates: readonly VerdictRecord[];
}

export interface DecisionRecord {
  readonly at: Time;
  readonly policy: string;
  readonly kind: string;
  readonly reason: Reason;
  readonly message: string;
  readonly numbers?: Readonly<Record<string, number | string>>;
}

/** A Kubernetes condition (meta/v1 Condition). */
export interface Condition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  /** The generation of the object that it was said of. */
  readonly observedGeneration?: number;
  readonly reason: ConditionReason;
  readonly message: string;
  readonly lastTransitionTime: Time;
}

export interface ReleaseStatus {
  readonly phase: Phase;
  readonly attempt: number;
  readonly observedGeneration?: number;
  readonly accepted?: Accepted;
  readonly startedAt?: Time;
  readonly endedAt?: Time;
  readonly step?: StepStatus;
  readonly route?: RouteStatus;
  readonly counts?: Counts;
  readonly clock?: ActiveTime;
  /** The canary's first request of this attempt. */
  readonly firstTrafficAt?: Time;
  /** How often the canary lost all ready pods under live weight in this attempt. */
  readonly strikes?: number;
  /** Since when the canary has fewer ready pods than its step needs. */
  readonly shortSince?: Time;
  /** Since when fewer pods of the canary are ready than are asked for. */
  readonly laggingSince?: Time;
  /** Since when the canary cannot be observed although its pods are ready and stable can. */
  readonly blindSince?: Time;
  /** Since when the canary's pods are asked to end, in a roll back, and some have not. */
  readonly endingSince?: Time;
  /** Replica counts that Serin wants and has not yet read back. */
  readonly scale?: Readonly<Partial<Record<VersionName, number>>>;
  /**
   * Replicas that no autoscaler may go below: stable's from the first live weight on, since the traffic that leaves it may come
   * back at once; the canary's as its steps need them. Until the end, when the autoscalers get their own floors back.
   */
  readonly floors?: Readonly<Partial<Record<VersionName, number>>>;
  /** A new canary revision was seen: traffic is being taken away before the next attempt. */
  readonly restarting?: { readonly at: Time; readonly revision: string };
  readonly rollBack?: RollBackStatus;
  /** A person has ordered to promote this attempt's revision; since when, and why. */
  readonly byHand?: { readonly at: Time; readonly reason: string };
  /** Set while a decision to hold stands. */
  readonly holding?: {
    readonly since: Time;
    readonly policy: string;
    readonly reason: Reason;
    readonly message: string;
  };
  /** What the comparative gates have seen in this attempt; shortened where it comes from a stored status. */
  readonly comparisons?: Comparisons | StoredComparisons;
  readonly gates?: readonly VerdictRecord[];
  readonly steps?: readonly StepRecord[];
  readonly history?: readonly DecisionRecord[];
  readonly conditions?: readonly Condition[];
  readonly problems?: readonly Problem[];
}

export const INITIAL: ReleaseStatus = { phase: 'Pending', attempt: 1 };

export const isEnded = (status: ReleaseStatus): boolean =>
  status.phase === 'Promoted' || status.phase === 'RolledBack' || status.phase === 'Rejected';

/** A release that was accepted and has not ended: the only kind that policies see. */
export interface ActiveStatus extends ReleaseStatus {
  readonly accepted: Accepted;
  readonly step: StepStatus;
  readonly route: RouteStatus;
  readonly clock: ActiveTime;
}

export const isActive = (status: ReleaseStatus): status is ActiveStatus =>
  !isEnded(status) && status.accepted !== undefined && status.step !== undefined && status.route !== undefined;
