// How a release ended, in the report's words, from its status alone.
// Never guesses: a release that has not ended has no outcome. Called by narrator and by the report's composition; pure.
import { formatProblem } from '../lib/problem.ts';
import type { Outcome, ReleaseStatus } from '../release/status.ts';
import type { ReportInput, StepInput } from '../report/input.ts';
import type { ReleaseReport, UsersReport } from '../report/release-report.ts';

export interface End {
  readonly outcome: Outcome;
  readonly reason: string;
}

export function outcomeOf(status: ReleaseStatus): End | undefined {
  switch (status.phase) {
    case 'Promoted':
      return { outcome: 'promoted', reason: status.history?.at(-1)?.message ?? 'promoted' };
    case 'RolledBack':
      return { outcome: status.rollBack?.outcome ?? 'rolledBack', reason: status.rollBack?.message ?? 'rolled back' };
    case 'Rejected':
      return { outcome: 'rejected', reason: (status.problems ?? []).map(formatProblem).join('; ') };
    case 'Pending':
    case 'Running':
    case 'CleaningUp':
    case 'RollingBack':
      return undefined;
  }
}

export interface Names {
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  readonly canary: string;
}

/** `end`: what to say when the status has no outcome of its own (the run was interrupted). */
export function reportInput(
  status: ReleaseStatus,
  names: Names,
  run: { readonly end: End; readonly startedAt: string; readonly endedAt: string; readonly users?: UsersReport },
): ReportInput {
  const { outcome, reason } = outcomeOf(status) ?? run.end;
  const release: ReleaseReport['release'] = {
    ...names,
    stable: status.accepted?.versions.stable.deployment ?? '',
    attempt: status.attempt,
  };
  return {
    outcome,
    reason,
    release,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    steps: (status.steps ?? []).map(stepInput),
    decisions: status.history ?? [],
    ...(run.users === undefined ? {} : { users: run.users }),
    ...(status.problems === undefined ? {} : { problems: status.problems }),
  };
}

function stepInput({ gates, ...step }: NonNullable<ReleaseStatus['steps']>[number]): StepInput {
  return {
    ...step,
    gates: gates.map(({ gate: name, verdict, reason, message, evidence }) => ({
      name,
      verdict,
      evidence: { reason, message, ...evidence },
    })),
  };
}
