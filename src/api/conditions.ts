// The conditions of a release and the reasons of its decisions: closed sets, which tools may rely on, each with its meaning.
// Never decides which one holds (release/ does). Its types are used by release/ and controller/; told in docs/reference/release.md.

/** Why a release waits, holds, moves or ends; CamelCase, stable for machines. */
export const REASONS = {
  // On its way.
  NextTarget: 'the next routing change of this step',
  NextStep: 'the step is done; the next one begins',
  ScaleUp: 'pods for the next step are asked for',
  Baked: 'the bake is done; the clean-up begins',
  NewStable: 'the routes name the canary as the new stable version',
  NewAttempt: 'the next attempt begins, with the new revision',
  PromoteByHand: 'a person has ordered the promotion; steps wait for no time, evidence or approval any more',
  // Waits.
  Unconfirmed: 'the last routing change is not yet seen in the traffic',
  MinimumTime: 'the step has not lasted its least time',
  MoreEvidence: 'requests or verdicts are missing for a pass',
  PodsNotReady: 'pods that the next step needs are not ready',
  AutoscalerLimit: 'the canary’s autoscaler allows fewer pods than the next step needs',
  NoReadyPods: 'a version that is to get traffic has no ready pod',
  CleanUpLater: 'the old version stays for `cleanup.after`',
  Draining: 'requests in flight are waited for',
  ScalingDown: 'the losing version’s pods are ending',
  Idle: 'there is nothing to do',
  // Holds.
  Paused: 'a person has paused the release',
  AwaitingApproval: 'the next step wants a person’s approval of this revision',
  Inconclusive: 'no sufficient evidence within the step’s "at most"',
  Incident: 'stable fails the same gates: something else is wrong',
  NoFreshSamples: 'the metrics have no fresh samples; nothing is decided',
  StableChanged: 'the stable version was changed during the release',
  TrafficLeak: 'the canary gets requests that no route of the release sends it',
  RouteContested: 'somebody keeps changing the routes back',
  RouteUnusable: 'a Service, VirtualService or DestinationRule is gone or cannot express what is wanted',
  // Roll backs, and what takes traffic away for a while.
  GateFailed: 'a gate failed, with evidence',
  CombinedEvidence: 'the comparative gates have the evidence together, none of them alone',
  PodLocalised: 'only one pod of the canary is worse',
  Aborted: 'a person has aborted the release',
  Deleted: 'the Release is being deleted',
  WaitedTooLong: 'a hold has outlasted `--wait`',
  DeadlineExceeded: 'the deadline’s active time is used up',
  Unobservable: 'the canary has no samples although stable has',
  NoRequests: 'the canary answers none of the requests that are to reach it',
  CanaryGone: 'the canary Deployment is gone',
  TooFewPods: 'too few pods of the canary are ready for too long',
  OOMKilled: 'a container is ended for its memory, again and again',
  CrashLoop: 'a container ends again and again',
  ImagePullFailed: 'an image cannot be pulled',
  ContainerConfigError: 'a container cannot be made from its specification',
  QuotaExceeded: 'a quota forbids the pods',
  PodsRefused: 'the API server refuses the pods',
  Unschedulable: 'no node takes a pod',
  Unready: 'containers run and are not ready',
  NotStarted: 'containers do not run yet',
  RevisionChanged: 'the canary was changed: traffic is taken away, then a new attempt begins',
  // Ends.
  TrafficToStable: 'weights go back to stable',
  Restoring: 'the routes no longer name the canary; that is waited for before what Serin added is taken back',
  Restore: 'what Serin added to the routing is taken back',
  ScaleDown: 'the losing version is scaled to zero',
  Delete: 'the old version is deleted, as `cleanup.stable` asks',
  RolledBack: 'stable serves everything',
  Promoted: 'the canary is the stable version',
} as const;

export type Reason = keyof typeof REASONS;

export interface ConditionNotes {
  readonly meaning: string;
  readonly reasons: readonly string[];
}

const PHASES = ['Pending', 'Running', 'CleaningUp', 'Promoted', 'RollingBack', 'RolledBack', 'Rejected'] as const;

export const CONDITIONS = {
  Accepted: {
    meaning:
      'The release can be run; pair, policy and routes are fixed. `False`: the message is what `serin lint` would say.',
    reasons: ['Accepted', 'Pending', 'ServiceTaken', 'Invalid'],
  },
  Progressing: {
    meaning: 'It is on its way. The reason is the phase, or `Held`.',
    reasons: [...PHASES, 'Held'],
  },
  Held: { meaning: 'Something holds it; protections stay armed.', reasons: ['NotHeld', 'any reason below'] },
  Promoted: {
    meaning: '`Unknown` until the release has ended; `False` once it goes or has gone back.',
    reasons: ['Promoted', 'Undecided', 'Invalid', 'RollingBack', 'RolledBack'],
  },
  ScaleDownWithheld: {
    meaning: 'The losing version was left running, since its requests were not seen to end.',
    reasons: ['the reason of the end'],
  },
} as const satisfies Readonly<Record<string, ConditionNotes>>;

export type ConditionType = keyof typeof CONDITIONS;

/** Every reason that a condition may have. */
export type ConditionReason =
  | Reason
  | (typeof PHASES)[number]
  | 'Accepted'
  | 'ServiceTaken'
  | 'Invalid'
  | 'Held'
  | 'NotHeld'
  | 'Undecided';
