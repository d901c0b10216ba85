// Policy 16: everything is there → the next target of this step, the next step, or the end of the plan.
// Never skips a target: each one is confirmed before the one after it.
import { stepLabel } from '../plan.ts';
import { describeTarget, nextTarget, pairIntent } from '../target.ts';
import { type Policy, wait } from './policy.ts';

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
      const message = `${label} is done; next: ${stepLabel(next)}`;
      return { kind: 'enter', step: status.step.index + 1, reason: 'NextStep', message };
    }
    if (status.phase === 'Running')
      return { kind: 'cleanUp', reason: 'Baked', message: `${label} is done; clean-up begins` };
    return wait('Idle', 'nothing to do');
  },
};
