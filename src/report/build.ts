// From what happened to the report: the right fields, times in one form, nothing that JSON cannot carry.
// Never decides an outcome. Called by rehearsal/ when a release has ended.
import { fromTime, toTime } from '../lib/time.ts';
import type { DecisionInput, GateInput, ReportInput, StepInput } from './input.ts';
import type { DecisionReport, GateReport, ReleaseReport, StepReport, UsersReport } from './release-report.ts';

export function buildReport(input: ReportInput): ReleaseReport {
  return {
    outcome: input.outcome,
    reason: input.reason,
    ...(input.release === undefined ? {} : { release: releaseOf(input.release) }),
    startedAt: utc(input.startedAt),
    endedAt: utc(input.endedAt),
    steps: input.steps.map(stepOf),
    decisions: input.decisions.map(decisionOf),
    ...(input.users === 'notCounted' ? {} : { users: usersOf(input.users) }),
    ...(input.flaggersRule === undefined ? {} : { flaggersRule: input.flaggersRule }),
    ...(input.problems === undefined ? {} : { problems: input.problems }),
  };
}

const releaseOf = ({ name, namespace, service, stable, canary, attempt }: NonNullable<ReportInput['release']>) => ({
  name,
  namespace,
  service,
  stable,
  canary,
  attempt,
});

/** A time with another offset or without milliseconds is the same time; reports write it one way. */
const utc = (time: string): string => toTime(fromTime(time));

const stepOf = ({ kind, traffic, attempt, startedAt, confirmedAt, endedAt, gates }: StepInput): StepReport => ({
  kind,
  traffic,
  attempt,
  startedAt: utc(startedAt),
  ...(confirmedAt === undefined ? {} : { confirmedAt: utc(confirmedAt) }),
  ...(endedAt === undefined ? {} : { endedAt: utc(endedAt) }),
  gates: gates.map(gateOf),
});

const gateOf = ({ name, verdict, mayStayOpen, evidence }: GateInput): GateReport => ({
  name,
  verdict,
  ...(mayStayOpen === true ? { mayStayOpen } : {}),
  evidence,
});

const decisionOf = ({ at, policy, kind, reason, message, numbers }: DecisionInput): DecisionReport => ({
  at: utc(at),
  policy,
  kind,
  reason,
  message,
  numbers: numbers ?? {},
});

function usersOf(users: UsersReport | undefined): UsersReport {
  const { requests, failed, failedByStable, failedByCanary, failedByRouting } = users ?? {
    requests: 0,
    failed: 0,
    failedByStable: 0,
    failedByCanary: 0,
    failedByRouting: 0,
  };
  return { requests, failed, failedByStable, failedByCanary, failedByRouting };
}
