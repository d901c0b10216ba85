// Policy 15: the pods that the next target needs are not ready → scale up where nobody has, and wait.
// Never shrinks a version.
import { formatDuration } from '../../lib/duration.ts';
import type { Facts } from '../facts.ts';
import { podsNeeded } from '../facts.ts';
import { pairIntent, type RouteIntent } from '../target.ts';
import { type Policy, wait } from './policy.ts';

export const capacity: Policy = {
  name: 'capacity',
  speak: (facts) => {
    const ahead = intentAhead(facts);
    if (facts.status.phase !== 'Running' || ahead === undefined) return undefined;
    const { canary, stable } = facts.versions;
    // Stable may have been scaled up since the acceptance; where it was scaled down, its traffic may only have moved.
    const replicas = Math.max(facts.status.accepted.versions.stable.replicas, stable.wanted);
    const needed = podsNeeded(ahead, replicas);
    if (canary.ready >= needed) return undefined;
    if (canary.wanted < needed) {
      const message = `scale ${facts.status.accepted.versions.canary.deployment} to ${needed}`;
      return { kind: 'scale', scale: { version: 'canary', replicas: needed }, reason: 'ScaleUp', message };
    }
    return wait(
      'PodsNotReady',
      `${canary.ready} of ${needed} canary pods ready (grace ${formatDuration(facts.settings.graceMs)})`,
    );
  },
};

/** On the way to this step's target: that one. Arrived: the next step's. */
function intentAhead({ arrived, wanted, next }: Facts): RouteIntent | undefined {
  if (!arrived) return wanted;
  return next === undefined ? undefined : pairIntent(next.target);
}
