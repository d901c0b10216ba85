// Policy 11: the last routing change is not yet seen in the traffic → wait.
import { describeIntent } from '../target.ts';
import { type Policy, wait } from './policy.ts';

export const unconfirmed: Policy = {
  name: 'unconfirmed',
  speak: ({ confirmed, status, route }) => {
    if (confirmed) return undefined;
    if (route.kind === 'unusable') return wait('RouteUnusable', route.message);
    return wait('Unconfirmed', `waiting to see in the traffic: ${describeIntent(status.route.intent)}`);
  },
};
