// Policy 10b: after the bake. Waits `cleanup.after` of time with fresh samples, in which abort still works and gates still
// roll back, then makes the canary the new stable.
// Never scales anything (promoting.ts does, once the routes are in place).
import { formatDuration } from '../../lib/duration.ts';
import { hold, type Policy, wait } from './policy.ts';

export const cleanUp: Policy = {
  name: 'cleanUp',
  speak: ({ status, plan, stepMs, confirmed, unpromotable }) => {
    // Routes that are not there (any more) are waited for by `unconfirmed`, which hears of it when that takes long.
    if (status.phase !== 'CleaningUp' || !confirmed) return undefined;
    // There is no way back from that; told while an abort still works.
    if (unpromotable !== undefined) return hold('RouteUnusable', unpromotable);
    const left = plan.cleanup.afterMs - stepMs;
    if (left > 0) {
      const rest = formatDuration(Math.ceil(left / 1000) * 1000);
      return wait('CleanUpLater', `the old stable stays for another ${rest}; abort still works`);
    }
    const message = `the routes name ${status.accepted.versions.canary.deployment} as the new stable`;
    return { kind: 'route', intent: { kind: 'promoted' }, reason: 'NewStable', message };
  },
};
