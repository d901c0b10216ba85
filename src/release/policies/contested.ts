// Policy 8: somebody keeps changing our routes → hold. They are written again at every turn all the same.
// Never speaks on a single overwrite: drift heals. Asked by `promoting` too: what is fought over is no ground to scale down on.
import { formatDuration } from '../../lib/duration.ts';
import { fromTime } from '../../lib/time.ts';
import type { Facts } from '../facts.ts';
import { hold, type Policy } from './policy.ts';
import { whyUnroutable } from './unroutable.ts';

const OFTEN = 3;
/** Longer than three rounds of a tool that looks every three minutes (Argo CD's default). */
const WITHIN_MS = 600_000;
/** Written at every turn, and never once found there at the next: taken away at once. */
const NEVER_STOOD_MS = 20_000;

export const contested: Policy = {
  name: 'contested',
  speak: (facts) => {
    const message = contestedBy(facts);
    // Routes that are gone are worse news, which another policy tells.
    return message === undefined || whyUnroutable(facts) !== undefined ? undefined : hold('RouteContested', message);
  },
};

/** Somebody who changed our routes once may do so again, with nobody here to see it. */
export const overwrittenLately = ({ status, now }: Facts): boolean =>
  (status.route.overwrites ?? []).some((at) => now - fromTime(at) <= WITHIN_MS);

/** Undefined when nobody else's hand is to be seen, or only once or twice. */
function contestedBy({ status, route, now }: Facts): string | undefined {
  const lately = (status.route.overwrites ?? []).filter((at) => now - fromTime(at) <= WITHIN_MS);
  if (lately.length >= OFTEN)
    return `our routes were changed by somebody else ${lately.length} times within ${formatDuration(WITHIN_MS)}`;
  const since = now - fromTime(status.route.intendedAt);
  if (route.kind !== 'differs' || status.route.readBackAt !== undefined || since < NEVER_STOOD_MS) return undefined;
  return `our routes have not stood once in ${formatDuration(since)}: somebody takes them away as soon as they are written, or no write is let through`;
}
