// What happened between two statuses of a release, for who only sees its object: the narrator's turn without the controller.
// Never guesses: what was decided is what the status' own history says. Called by `serin watch`; pure.
import { fromTime } from '../lib/time.ts';
import { type Step, stepLabel } from '../release/plan.ts';
import { resolvePlan } from '../release/resolve.ts';
import { type DecisionRecord, INITIAL, isActive, type ReleaseStatus } from '../release/status.ts';
import type { Progress } from '../report/input.ts';
import type { Change } from './narrator.ts';
import { waitingFor } from './waiting.ts';

/** The change from what was seen last; whoever looks for the first time hears where it stands, not all that has been. */
export function heard(before: ReleaseStatus | undefined, after: ReleaseStatus, at: number): Change {
  const decisions = before === undefined ? standing(after) : newOnes(before.history ?? [], after.history ?? []);
  return { at, before: before ?? INITIAL, after, decisions };
}

/** Without the number of the step it waits with, a hold for an approval cannot be told. */
const standing = ({ holding, history = [] }: ReleaseStatus): readonly DecisionRecord[] =>
  history.slice(-1).filter(({ reason }) => reason === holding?.reason);

/** The history is bounded: when all that was known has left it, all that is there is new. */
function newOnes(known: readonly DecisionRecord[], all: readonly DecisionRecord[]): readonly DecisionRecord[] {
  const last = known.at(-1);
  if (last === undefined) return all;
  const index = all.findLastIndex(
    ({ at, reason, message }) => at === last.at && reason === last.reason && message === last.message,
  );
  return all.slice(index + 1);
}

/** The progress line's numbers; rates and users are not in a status. */
export function progressFrom(status: ReleaseStatus, now: number): Progress | undefined {
  if (!isActive(status)) return undefined;
  const { steps, minRequests } = resolvePlan(status.accepted.policy);
  const step = steps[status.step.index];
  if (step === undefined) return undefined;
  const waiting = status.holding?.message ?? waitingFor(status.history?.at(-1), status, minRequests);
  return {
    at: now - fromTime(status.startedAt ?? status.step.enteredAt),
    step: phaseOf(status, step),
    number: status.step.index + 1,
    of: steps.length,
    ...(status.phase === 'Running' && status.step.arrivedAt !== undefined
      ? { stepMs: lastedMs(status, now), atLeastMs: step.atLeastMs }
      : {}),
    ...(waiting === undefined ? {} : { waitingFor: waiting }),
  };
}

function phaseOf({ phase }: ReleaseStatus, step: Step): string {
  if (phase === 'RollingBack') return 'rolling back';
  return phase === 'CleaningUp' ? 'clean-up' : stepLabel(step);
}

/** Totals are remembered now and then; between, the time goes on unless something holds it. */
function lastedMs({ clock, holding }: ReleaseStatus, now: number): number {
  if (clock === undefined) return 0;
  return clock.stepMs + (holding === undefined ? Math.max(0, now - fromTime(clock.at)) : 0);
}
