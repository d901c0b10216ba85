// Policy 8: somebody keeps changing our routes → hold. They are written again at every turn all the same.
// Never speaks on a single overwrite: drift heals.
import { fromTime } from '../../lib/time.ts';
import { hold, type Policy } from './policy.ts';

const OFTEN = 3;
const WITHIN_MS = 120_000;

export const contested: Policy = {
  name: 'contested',
  speak: ({ status, now }) => {
    const lately = (status.route.overwrites ?? []).filter((at) => now - fromTime(at) <= WITHIN_MS);
    if (lately.length < OFTEN) return undefined;
    return hold('RouteContested', `our routes were changed by somebody else ${lately.length} times within two minutes`);
  },
};
