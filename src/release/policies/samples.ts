// Policy 9b: no fresh samples → hold: an outage of the metrics decides nothing, neither for the canary nor against it.
// Never speaks about a canary that alone cannot be seen for long (unobservable does).
import { fromTime } from '../../lib/time.ts';
import { isFreshAt } from '../facts.ts';
import { hold, type Policy, wait } from './policy.ts';

export const samples: Policy = {
  name: 'samples',
  speak: (facts) => {
    const { fresh, now, status, settings, traffic } = facts;
    if (fresh || (status.phase !== 'Running' && status.phase !== 'CleaningUp')) return undefined;
    const stableSeen = traffic.stable.up > 0 && isFreshAt(traffic.stable.newestAt, facts);
    const { versions } = status.accepted;
    // Everything is on the canary in the clean-up, and stable need not be seen.
    const who = stableSeen || status.phase === 'CleaningUp' ? versions.canary.deployment : versions.stable.deployment;
    const { unread } = traffic.stable;
    const why = unread === undefined ? '' : `; ${unread}`;
    const message = `no fresh samples of ${who}: nothing is decided, clocks stand still${why}`;
    // Pods that have just started are scraped soon.
    const young = now - fromTime(status.startedAt ?? status.step.enteredAt) < settings.graceMs;
    return young ? wait('NoFreshSamples', message) : hold('NoFreshSamples', message);
  },
};
