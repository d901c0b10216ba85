// What has happened to a release, read off what its status remembers: each fact has a key of its own, so that nobody needs to keep
// a list of what has been told. Never decides and never tells (teller.ts does). Called by teller.ts; pure.
import { fingerprint } from '../lib/fingerprint.ts';
import { formatProblem } from '../lib/problem.ts';
import { fromTime } from '../lib/time.ts';
import type { DecisionRecord, ReleaseStatus } from '../release/status.ts';

export interface Fact {
  /** The same for the same fact, also after a restart. */
  readonly key: string;
  /** Undefined: it has no time of its own, and holds now. */
  readonly at: number | undefined;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/** What each kind of decision is called where people read Events. A wait is no event, nor is a step on the way of one. */
const ACTIONS: Readonly<Record<string, string>> = {
  enter: 'EnterStep',
  hold: 'Hold',
  withdraw: 'WithdrawTraffic',
  rollBack: 'RollBack',
  restart: 'TakeTrafficAway',
  newAttempt: 'BeginAttempt',
  cleanUp: 'CleanUp',
  remove: 'RemoveVersion',
  finish: 'Finish',
};

const WARNINGS: ReadonlySet<string> = new Set(['hold', 'withdraw', 'rollBack', 'restart']);
/** A person wants it so, or is wanted. */
const ORDERED: ReadonlySet<string> = new Set(['Paused', 'AwaitingApproval']);

export function factsOf(status: ReleaseStatus): readonly Fact[] {
  return [...beginning(status), ...(status.history ?? []).flatMap(ofDecision)];
}

function beginning({ phase, accepted, startedAt, steps = [], problems = [] }: ReleaseStatus): readonly Fact[] {
  if (accepted !== undefined && startedAt !== undefined) {
    const { stable, canary } = accepted.versions;
    const [first] = steps;
    const note = `${canary.deployment} is to take the place of ${stable.deployment}; first: ${first?.kind ?? 'the plan'}`;
    return [
      {
        key: `accepted ${startedAt}`,
        at: fromTime(startedAt),
        type: 'Normal',
        reason: 'Accepted',
        action: 'Accept',
        note,
      },
    ];
  }
  if (problems.length === 0) return [];
  const rejected = phase === 'Rejected';
  return [
    {
      key: `${phase} ${fingerprint(problems)}`,
      at: undefined,
      type: 'Warning',
      reason: rejected ? 'Rejected' : 'Pending',
      action: rejected ? 'Reject' : 'Wait',
      note: problems.map(formatProblem).join('\n'),
    },
  ];
}

function ofDecision({ at, kind, policy, reason, message }: DecisionRecord): readonly Fact[] {
  const action = ACTIONS[kind];
  if (action === undefined) return [];
  const warns = (WARNINGS.has(kind) && !ORDERED.has(reason)) || (kind === 'finish' && policy === 'rollingBack');
  return [
    {
      key: `${kind} ${policy} ${reason} ${at}`,
      at: fromTime(at),
      type: warns ? 'Warning' : 'Normal',
      reason,
      action,
      note: message,
    },
  ];
}
