// One release's state as plain data: what `serin status` prints as JSON and YAML, and makes its tables of.
// Never reads the cluster and never decides. Called by status.ts; pure.
import type { Approval } from '../api/approval.ts';
import { refOf } from '../api/object.ts';
import { statusOf } from '../controller/status-of.ts';
import type { Clock } from '../lib/clock.ts';
import { formatDuration } from '../lib/duration.ts';
import { type Step, stepLabel } from '../release/plan.ts';
import { resolvePlan } from '../release/resolve.ts';
import type { ReleaseStatus } from '../release/status.ts';
import { describeIntent } from '../release/target.ts';
import type { KnownRelease } from './find-release.ts';

/** The last decisions are what people ask for; the object itself has all of them. */
const DECISIONS = 10;

export type StatusView = ReturnType<typeof statusView>;

export function statusView(release: KnownRelease, approvals: readonly Approval[], clock: Clock) {
  const status = statusOf(release);
  const { accepted, route, holding, rollBack, byHand } = status;
  const { name, creationTimestamp, deletionTimestamp } = release.metadata;
  const versionOf = (version: 'stable' | 'canary') =>
    accepted && { deployment: accepted.versions[version].deployment, revision: accepted.versions[version].revision };
  return defined({
    name,
    namespace: refOf(release).namespace,
    service: release.spec.service,
    phase: status.phase,
    attempt: status.attempt,
    createdAt: creationTimestamp,
    startedAt: status.startedAt,
    endedAt: status.endedAt,
    stable: versionOf('stable') ?? release.spec.stable,
    canary: versionOf('canary') ?? release.spec.canary,
    step: stepOf(status, clock),
    traffic:
      route &&
      defined({
        wanted: describeIntent(route.intent),
        since: route.intendedAt,
        readBackAt: route.readBackAt,
        confirmed: route.confirmed,
      }),
    orders: ordersOf(release, deletionTimestamp !== undefined),
    holding,
    rollBack: rollBack && { at: rollBack.at, reason: rollBack.reason, message: rollBack.message },
    byHand,
    requests: status.counts && {
      exposure: status.counts.exposure,
      canary: Math.floor(status.counts.canary),
      stable: Math.floor(status.counts.stable),
    },
    gates: status.gates ?? [],
    approvals: approvals.map(({ spec, metadata }) =>
      defined({ step: spec.step, revision: spec.revision, by: spec.by, at: metadata.creationTimestamp }),
    ),
    conditions: status.conditions ?? [],
    problems: status.problems ?? [],
    decisions: (status.history ?? []).slice(-DECISIONS),
  });
}

function ordersOf({ spec }: KnownRelease, deleting: boolean): readonly string[] {
  return [
    ...(spec.paused === true ? ['paused'] : []),
    ...(spec.aborted === true ? ['aborted'] : []),
    ...(spec.promoted === undefined ? [] : ['promoted by hand']),
    ...(deleting ? ['deleted'] : []),
  ];
}

function stepOf({ accepted, step, clock: ran, phase }: ReleaseStatus, clock: Clock) {
  if (accepted === undefined || step === undefined) return undefined;
  const { steps } = resolvePlan(accepted.policy);
  const present = steps[step.index];
  if (present === undefined) return undefined;
  return defined({
    number: step.index + 1,
    of: steps.length,
    label: stepLabel(present),
    enteredAt: step.enteredAt,
    arrivedAt: step.arrivedAt,
    // As of the last time it was remembered; only time with fresh samples counts.
    lasted: phase === 'Running' && ran !== undefined ? formatDuration(roundSeconds(ran.stepMs)) : undefined,
    least: formatDuration(present.atLeastMs),
    most: mostOf(present),
    age: formatDuration(roundSeconds(clock.now() - Date.parse(step.enteredAt))),
  });
}

const mostOf = ({ atMostMs }: Step) => (atMostMs === undefined ? undefined : formatDuration(atMostMs));

export const roundSeconds = (ms: number): number => Math.max(0, Math.round(ms / 1000) * 1000);

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Keys without a value are left out, as JSON does. */
const defined = <T extends object>(value: T): Partial<Defined<T>> & T =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Partial<Defined<T>> & T;
