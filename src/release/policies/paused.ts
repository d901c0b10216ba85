// Policy 9: the user paused the release → hold. Protections stand before it in the list, so they stay armed.
import { hold, type Policy } from './policy.ts';
import { whyUnroutable } from './unroutable.ts';

export const paused: Policy = {
  name: 'paused',
  speak(facts) {
    if (!facts.orders.paused) return undefined;
    // Whoever has paused it hears what its users hear.
    const why = whyUnroutable(facts);
    if (why !== undefined) return hold('RouteUnusable', `${why}; paused as well`);
    return hold('Paused', 'paused; protections stay armed');
  },
};
