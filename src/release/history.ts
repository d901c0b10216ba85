// The bounded memory of decisions, and the conditions that people and tools look at.
// Never the evidence itself (verdicts carry that). Called by apply.
import type { Time } from '../lib/time.ts';
import type { Decision } from './decision.ts';
import type { ActiveStatus, Condition, DecisionRecord } from './status.ts';

const HISTORY_KEPT = 100;

/** Records a decision when it says something new; a wait that only counts on is no news. */
export function recordDecision(status: ActiveStatus, decision: Decision, now: Time): ActiveStatus {
  const history = status.history ?? [];
  const last = history.at(-1);
  const same =
    last !== undefined &&
    last.policy === decision.policy &&
    last.reason === decision.reason &&
    last.kind === decision.kind;
  const repeats = same && (decision.kind === 'wait' || decision.kind === 'hold' || last.message === decision.message);
  if (repeats) return status;
  const { policy, kind, reason, message, numbers } = decision;
  const record: DecisionRecord = {
    at: now,
    policy,
    kind,
    reason,
    message,
    ...(numbers === undefined ? {} : { numbers }),
  };
  return { ...status, history: [...history, record].slice(-HISTORY_KEPT) };
}

export function withCondition(
  status: ActiveStatus,
  type: Condition['type'],
  reason: Condition['reason'],
  message: string,
  now: Time,
): ActiveStatus {
  const others = (status.conditions ?? []).filter((condition) => condition.type !== type);
  const condition: Condition = { type, status: 'True', reason, message, lastTransitionTime: now };
  return { ...status, conditions: [...others, condition] };
}
