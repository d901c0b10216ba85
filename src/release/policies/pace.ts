// Policy 5c: stable has grown, or somebody has taken pods away: fewer canary pods are asked for than the present traffic needs →
// scale up at once. Never waits for them (canaryHealth does, for those that were promised) and never shrinks a version.
import { podsNeeded, presentSize } from '../facts.ts';
import { exposureOf } from '../target.ts';
import type { Policy } from './policy.ts';

export const pace: Policy = {
  name: 'pace',
  speak: (facts) => {
    const { status, versions, route } = facts;
    const { intent } = status.route;
    const walks = (status.phase === 'Running' && status.restarting === undefined) || status.phase === 'CleaningUp';
    if (!walks || intent.kind !== 'pair' || exposureOf(intent.target) === 'none') return undefined;
    const { found, wanted, mostReplicas = Infinity } = versions.canary;
    const needed = Math.min(podsNeeded(intent, presentSize(facts)), mostReplicas);
    // Its own request of just now may not have reached the Deployment yet.
    const asked = Math.max(wanted, status.scale?.canary ?? 0);
    if (!found || route.kind === 'unusable' || asked >= needed) return undefined;
    const message = `scale ${status.accepted.versions.canary.deployment} to ${needed}, in proportion to its traffic`;
    return { kind: 'scale', scale: { version: 'canary', replicas: needed }, reason: 'ScaleUp', message };
  },
};
