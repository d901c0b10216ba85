// Policy 14: the next step wants a person's approval, and there is none for this revision → hold. Nobody enters the first
// step, so its own approval is asked for while the canary gets nothing yet. Never takes an approval of another revision.
import type { Facts } from '../facts.ts';
import { type Step, stepLabel } from '../plan.ts';
import { exposureOf } from '../target.ts';
import { hold, type Policy } from './policy.ts';

export const approval: Policy = {
  name: 'approval',
  speak: (facts) => {
    const { status, orders } = facts;
    if (status.phase !== 'Running' || status.byHand !== undefined) return undefined;
    const { revision } = status.accepted.versions.canary;
    const isGiven = (number: number) =>
      orders.approvals.some((one) => one.step === number && one.revision === revision);
    const asked = stepsAhead(facts).find(({ step, number }) => step.approval && !isGiven(number));
    if (asked === undefined) return undefined;
    const { step, number } = asked;
    // In files there is nobody who could vouch for an author; on a cluster `serin approve` has the API server do it.
    const how = `serin approve, or in a file spec.approved: [{ step: ${number}, revision: "${revision}" }]`;
    return hold(
      'AwaitingApproval',
      `everything is ready for step ${number} (${stepLabel(step)}); approve it with ${how}`,
      { step: number },
    );
  },
};

/** Counted from 1, as in `approved`. */
function stepsAhead({ status, step, next, arrived }: Facts): readonly { step: Step; number: number }[] {
  const { index } = status.step;
  const { intent } = status.route;
  const untouched = index === 0 && intent.kind === 'pair' && exposureOf(intent.target) === 'none';
  return [
    ...(untouched ? [{ step, number: 1 }] : []),
    ...(arrived && next !== undefined ? [{ step: next, number: index + 2 }] : []),
  ];
}
