// Policy 9: the user paused the release → hold. Protections stand before it in the list, so they stay armed.
import { hold, type Policy } from './policy.ts';

export const paused: Policy = {
  name: 'paused',
  speak: ({ orders }) => (orders.paused ? hold('Paused', 'paused; protections stay armed') : undefined),
};
