// How a release ended, in the report's words, from its status alone.
// Never guesses: a release that has not ended has no outcome of its own. Called by rehearsal, run and cli/; pure.
import { DEFAULT_NAMESPACE } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { formatProblem, type Problem, SerinError } from '../lib/problem.ts';
import type { Outcome, ReleaseStatus } from '../release/status.ts';
import type { ReportInput, StepInput } from '../report/input.ts';
import type { FlaggersRule, ReleaseReport, UsersReport } from '../report/release-report.ts';

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

/** How it ended when something broke; what only starting could show to be wrong with the input rejects it all the same. */
export function brokenEnd(problems: readonly Problem[]): End {
  const isInput = new SerinError(problems).exitCode === INVALID_INPUT;
  return { outcome: isInput ? 'rejected' : 'inconclusive', reason: problems.map(({ message }) => message).join('; ') };
}

/** Exit codes are the catalogue's. */
const INVALID_INPUT = 3;

/** What is reported of input that was refused: nothing was started. */
export function refusedInput(
  problems: readonly Problem[],
  names: Names | undefined,
  times: { readonly startedAt: string; readonly endedAt: string },
): ReportInput {
  const [first, ...more] = problems.map(formatProblem);
  const reason = more.length === 0 ? (first ?? '') : `${problems.length} problems, the first of them: ${first}`;
  const release = names === undefined ? {} : { release: { ...names, stable: '', attempt: 1 } };
  return { outcome: 'rejected', reason, ...release, ...times, steps: [], decisions: [], problems };
}

export interface Names {
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  readonly canary: string;
}

export const namesOf = (release: Pick<Release, 'metadata' | 'spec'>): Names => ({
  name: release.metadata.name,
  namespace: release.metadata.namespace ?? DEFAULT_NAMESPACE,
  service: release.spec.service,
  canary: release.spec.canary.deployment,
});

export interface RunFacts {
  /** What to say when the status has no outcome of its own: the run was interrupted, or something broke. */
  readonly end: End;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly users?: UsersReport | 'notCounted';
  readonly flaggersRule?: FlaggersRule;
  /** What broke; else the status may have problems. */
  readonly problems?: readonly Problem[];
}

export function reportInput(status: ReleaseStatus, names: Names, run: RunFacts): ReportInput {
  const { outcome, reason } = outcomeOf(status) ?? run.end;
  const problems = run.problems ?? status.problems;
  const release: NonNullable<ReleaseReport['release']> = {
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
    ...(run.flaggersRule === undefined ? {} : { flaggersRule: run.flaggersRule }),
    ...(problems === undefined ? {} : { problems }),
  };
}

function stepInput({ gates, ...step }: NonNullable<ReleaseStatus['steps']>[number]): StepInput {
  return {
    ...step,
    gates: gates.map(({ gate: name, verdict, mayStayOpen, reason, message, evidence }) => ({
      name,
      verdict,
      ...(mayStayOpen === true ? { mayStayOpen } : {}),
      evidence: { reason, message, ...evidence },
    })),
  };
}
