// Policy 14: the next step wants a person's approval, and there is none for this revision → hold.
// Never takes an approval of another revision.
import { stepLabel } from '../plan.ts';
import { hold, type Policy } from './policy.ts';

export const approval: Policy = {
  name: 'approval',
  speak: ({ status, arrived, next, orders }) => {
    if (status.phase !== 'Running' || !arrived || next?.approval !== true) return undefined;
    const index = status.step.index + 1;
    const { revision } = status.accepted.versions.canary;
    const given = orders.approvals.some((one) => one.step === index + 1 && one.revision === revision);
    if (given) return undefined;
    const how = `spec.approved: [{ step: ${index + 1}, revision: "${revision}" }]`;
    return hold(
      'AwaitingApproval',
      `everything is ready for step ${index + 1} (${stepLabel(next)}); approve it with ${how}`,
    );
  },
};
