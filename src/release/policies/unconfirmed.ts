// Policy 11: the last routing change is not yet seen in the traffic → wait; for long, or with no routes to change → hold, so
// that people hear of it, and the patience of who waits for them ends. Never goes on without it.
import { formatDuration } from '../../lib/duration.ts';
import { fromTime } from '../../lib/time.ts';
import { describeIntent } from '../target.ts';
import { hold, type Policy, wait } from './policy.ts';
import { whyUnroutable } from './unroutable.ts';

/** Beyond the propagation time: as patient as with a removal that is not seen. */
const LIMIT_MS = 30_000;

export const unconfirmed: Policy = {
  name: 'unconfirmed',
  speak(facts) {
    const { confirmed, status, now, settings } = facts;
    const why = whyUnroutable(facts);
    if (why !== undefined) return hold('RouteUnusable', why);
    if (confirmed) return undefined;
    const waited = now - fromTime(status.route.intendedAt);
    const message = `waiting to see in the traffic: ${describeIntent(status.route.intent)}`;
    return waited < settings.propagationMs + LIMIT_MS
      ? wait('Unconfirmed', message)
      : hold('Unconfirmed', `${message}, for ${formatDuration(waited)}`);
  },
};
