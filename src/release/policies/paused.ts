// Policy 9: the user paused the release → hold. Protections stand before it in the list, so they stay armed.
import { hold, type Policy } from './policy.ts';

export const paused: Policy = {
  name: 'paused',
  speak({ orders, route }) {
    if (!orders.paused) return undefined;
    // Whoever has paused it hears what its users hear.
    if (route.kind === 'unusable') return hold('RouteUnusable', `${route.message}; paused as well`);
    return hold('Paused', 'paused; protections stay armed');
  },
};
