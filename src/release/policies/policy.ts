// What a policy is: a named question asked of the facts; the first one that has something to say decides the turn.
// Never an effect. The list of policies in their order is ../policies.ts.
import type { Reason } from '../../api/conditions.ts';
import type { Decision, Move } from '../decision.ts';
import type { Facts } from '../facts.ts';

export interface Policy {
  readonly name: string;
  readonly speak: (facts: Facts) => Speech | undefined;
}

/** A decision without the name of the policy, which the list adds. */
export type Speech = Move & Pick<Decision, 'reason' | 'message' | 'numbers'>;

export const wait = (reason: Reason, message: string, numbers?: Decision['numbers']): Speech => ({
  kind: 'wait',
  reason,
  message,
  ...(numbers === undefined ? {} : { numbers }),
});

export const hold = (reason: Reason, message: string, numbers?: Decision['numbers']): Speech => ({
  kind: 'hold',
  reason,
  message,
  ...(numbers === undefined ? {} : { numbers }),
});
