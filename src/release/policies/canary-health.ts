// Policy 4: the canary's pods. Live weight and no ready pod → weight to stable at once; a second time, a crash loop, or too
// few ready pods beyond grace → roll back. Never looks at metrics.
import { formatDuration } from '../../lib/duration.ts';
import { fromTime } from '../../lib/time.ts';
import type { Facts } from '../facts.ts';
import { podsOfStep } from '../facts.ts';
import { NOTHING, pairIntent } from '../target.ts';
import type { Policy, Speech } from './policy.ts';

export const canaryHealth: Policy = {
  name: 'canaryHealth',
  speak: (facts) => {
    const { canary } = facts.versions;
    if (canary.crashLoop !== undefined) return rollBack('CrashLoop', `the canary crash-loops: ${canary.crashLoop}`);
    if (!canary.found) return rollBack('CanaryGone', 'the canary Deployment is gone');
    if (facts.liveShare > 0 && canary.ready === 0) return lostAll(facts);
    return tooFew(facts);
  },
};

function lostAll({ status, versions }: Facts): Speech {
  const message = `no canary pod is ready under live weight (${versions.canary.running} running)`;
  if ((status.strikes ?? 0) > 0) return rollBack('NoReadyPods', `${message}, for the second time`);
  return {
    kind: 'withdraw',
    intent: pairIntent(NOTHING),
    reason: 'NoReadyPods',
    message: `${message}: weight to stable at once`,
  };
}

function tooFew(facts: Facts): Speech | undefined {
  const { status, versions, now, settings } = facts;
  if (status.shortSince === undefined) return undefined;
  const shortMs = now - fromTime(status.shortSince);
  if (shortMs < settings.graceMs) return undefined;
  const message = `${versions.canary.ready} of ${podsOfStep(facts)} needed canary pods ready for ${formatDuration(shortMs)}`;
  return rollBack('TooFewPods', message);
}

const rollBack = (reason: string, message: string): Speech => ({
  kind: 'rollBack',
  outcome: 'rolledBack',
  reason,
  message,
});
