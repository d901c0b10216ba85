// Policy 10: the release has used up its active time → put traffic back; that proves nothing against the canary.
// Never while approval is the only thing missing, never once baking.
import { formatDuration } from '../../lib/duration.ts';
import { waitedFor } from './evidence.ts';
import type { Policy } from './policy.ts';

export const deadline: Policy = {
  name: 'deadline',
  speak: (facts) => {
    const { status, plan, totalMs, step, label, arrived } = facts;
    if (status.phase !== 'Running' || step.kind === 'bake' || totalMs < plan.deadlineMs) return undefined;
    if (status.holding?.reason === 'AwaitingApproval') return undefined;
    const open = arrived && status.byHand === undefined ? waitedFor(facts) : undefined;
    const message = `not finished within ${formatDuration(plan.deadlineMs)} of active time${open === undefined ? '' : `; ${label}: ${open}`}`;
    return { kind: 'rollBack', outcome: 'inconclusive', reason: 'DeadlineExceeded', message };
  },
};
