// What a status says in Kubernetes' own words: its conditions, each with a reason of a closed set, for tools that wait for them.
// Never decides and holds nothing that the status does not say already. Called by the controller, before a status is written.
import { sameJson } from '../lib/fingerprint.ts';
import { formatProblem } from '../lib/problem.ts';
import type { Time } from '../lib/time.ts';
import { keptMessage } from './keeping.ts';
import { type Condition, isEnded, type ReleaseStatus } from './status.ts';

type Told = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** The status with its conditions, for the generation of the object that was looked at. Times change with the state only. */
export function withConditions<Status extends ReleaseStatus>(status: Status, generation: number, now: Time): Status {
  const before = status.conditions ?? [];
  const told = [accepted(status), progressing(status), held(status), promoted(status)];
  const own = told.map((one): Condition => {
    const last = before.find(({ type }) => type === one.type);
    const since = last !== undefined && last.status === one.status ? last.lastTransitionTime : now;
    return unlessNew(last, { ...one, observedGeneration: generation, lastTransitionTime: since });
  });
  const others = before
    .filter(({ type }) => !told.some((one) => one.type === type))
    .map((one) => unlessNew(one, { ...one, observedGeneration: generation }));
  const conditions = [...own, ...others];
  // Mostly nothing is new, and then it is the very same: thousands of releases are looked at again and again.
  const same = conditions.length === before.length && conditions.every((one, index) => one === before[index]);
  if (same && status.observedGeneration === generation) return status;
  return { ...status, observedGeneration: generation, conditions };
}

const unlessNew = (last: Condition | undefined, now: Condition): Condition =>
  last !== undefined && sameJson(last, now) ? last : now;

function accepted({ phase, accepted: pair, problems = [] }: ReleaseStatus): Told {
  if (pair !== undefined) {
    const { stable, canary } = pair.versions;
    const message = `${canary.deployment} is to take the place of ${stable.deployment}`;
    return { type: 'Accepted', status: 'True', reason: 'Accepted', message };
  }
  const message = keptMessage(problems.map(formatProblem).join('\n') || 'not looked at yet');
  if (phase === 'Rejected') return { type: 'Accepted', status: 'False', reason: 'Invalid', message };
  const taken = problems.some(({ code }) => code === 'SRN1203');
  return { type: 'Accepted', status: 'False', reason: taken ? 'ServiceTaken' : 'Pending', message };
}

function progressing(status: ReleaseStatus): Told {
  const { phase, holding, steps = [] } = status;
  const told = (value: Told['status'], message: string): Told => ({
    type: 'Progressing',
    status: value,
    reason: holding === undefined || isEnded(status) ? phase : 'Held',
    message,
  });
  if (isEnded(status)) return told('False', 'the release has ended');
  if (phase === 'Pending') return told('False', 'the release has not begun');
  if (holding !== undefined) return told('False', `held: ${holding.reason}`);
  const step = steps.at(-1);
  if (step === undefined) return told('True', 'under way');
  return told('True', `${[step.kind, step.traffic].filter(Boolean).join(' ')}, attempt ${status.attempt}`);
}

function held(status: ReleaseStatus): Told {
  const { holding } = status;
  if (holding === undefined || isEnded(status))
    return { type: 'Held', status: 'False', reason: 'NotHeld', message: 'nothing holds the release' };
  return { type: 'Held', status: 'True', reason: holding.reason, message: keptMessage(holding.message) };
}

function promoted({ phase, rollBack }: ReleaseStatus): Told {
  const told = (status: Told['status'], reason: Told['reason'], message: string): Told => ({
    type: 'Promoted',
    status,
    reason,
    message: keptMessage(message),
  });
  if (phase === 'Promoted') return told('True', 'Promoted', 'the canary is the stable version');
  if (phase === 'Rejected') return told('False', 'Invalid', 'the release cannot be run');
  if (rollBack !== undefined) return told('False', phase, `${rollBack.reason}: ${rollBack.message}`);
  return told('Unknown', 'Undecided', 'the release has not ended');
}
