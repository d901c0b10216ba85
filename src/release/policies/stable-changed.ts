// Policy 6: stable's revision changed under the release, or stable is gone → hold, and say so: the comparison is no longer with what was
// accepted.
// Never speaks once everything is on the canary and stable may be touched.
import { ALL } from '../../lib/share.ts';
import { hold, type Policy } from './policy.ts';

export const stableChanged: Policy = {
  name: 'stableChanged',
  speak: ({ status, versions, liveShare }) => {
    const known = status.accepted.versions.stable;
    if (liveShare === ALL) return undefined;
    if (!versions.stable.found) return hold('StableChanged', `the stable Deployment ${known.deployment} is gone`);
    if (versions.stable.revision === known.revision) return undefined;
    return hold(
      'StableChanged',
      `stable ${known.deployment} changed from ${known.revision} to ${versions.stable.revision} during the release`,
    );
  },
};
