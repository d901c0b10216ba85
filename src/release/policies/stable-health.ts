// Policy 6b: users are to be answered by stable, and no pod of it is ready → hold, and say so: it is no trouble of the metrics.
// Never moves weight onto the canary for it. Never speaks of pods that have just been asked for.
import { ALL } from '../../lib/share.ts';
import { fromTime } from '../../lib/time.ts';
import { graceOf } from '../facts.ts';
import { hold, type Policy } from './policy.ts';

export const stableHealth: Policy = {
  name: 'stableHealth',
  speak: (facts) => {
    const { status, versions, liveShare, now } = facts;
    if (status.phase !== 'Running' || liveShare === ALL || versions.stable.ready > 0) return undefined;
    if (now - fromTime(status.startedAt ?? status.step.enteredAt) < graceOf(facts)) return undefined;
    const { deployment } = status.accepted.versions.stable;
    const why = versions.stable.trouble === undefined ? '' : `: ${versions.stable.trouble.message}`;
    return hold('NoReadyPods', `no pod of stable ${deployment} is ready${why}`);
  },
};
