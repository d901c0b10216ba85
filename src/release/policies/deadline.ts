// Policy 10: the release has used up its active time → put traffic back; that proves nothing against the canary.
// Never while approval is the only thing missing, never once baking.
import { formatDuration } from '../../lib/duration.ts';
import type { Policy } from './policy.ts';

export const deadline: Policy = {
  name: 'deadline',
  speak: ({ status, plan, totalMs, step }) => {
    if (status.phase !== 'Running' || step.kind === 'bake' || totalMs < plan.deadlineMs) return undefined;
    if (status.holding?.reason === 'AwaitingApproval') return undefined;
    const message = `not finished within ${formatDuration(plan.deadlineMs)} of active time`;
    return { kind: 'rollBack', outcome: 'inconclusive', reason: 'DeadlineExceeded', message };
  },
};
