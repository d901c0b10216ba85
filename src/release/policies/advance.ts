// Policy 16: everything is there → the next target of this step, the next step, or the end of the plan.
// Never skips a target: each one is confirmed before the one after it.
import type { Facts } from '../facts.ts';
import { stepLabel } from '../plan.ts';
import { describeTarget, nextTarget, pairIntent } from '../target.ts';
import { type Policy, wait } from './policy.ts';

/** Only where Kubernetes vouches for the name. */
function approvedBy({ orders, status, next }: Facts): string {
  const { revision } = status.accepted.versions.canary;
  const number = status.step.index + 2;
  const given = orders.approvals.find(
    (one) => one.step === number && one.revision === revision && one.by !== undefined,
  );
  return next?.approval === true && given?.by !== undefined ? `, approved by ${given.by}` : '';
}

export const advance: Policy = {
  name: 'advance',
  speak: (facts) => {
    const { status, arrived, step, next, label } = facts;
    const { intent } = status.route;
    if (!arrived && intent.kind === 'pair') {
      const to = nextTarget(intent.target, step.target);
      return { kind: 'route', intent: pairIntent(to), reason: 'NextTarget', message: `route: ${describeTarget(to)}` };
    }
    if (next !== undefined) {
      const message = `${label} is done; next: ${stepLabel(next)}${approvedBy(facts)}`;
      return { kind: 'enter', step: status.step.index + 1, reason: 'NextStep', message };
    }
    if (status.phase === 'Running')
      return { kind: 'cleanUp', reason: 'Baked', message: `${label} is done; clean-up begins` };
    return wait('Idle', 'nothing to do');
  },
};
