// Policy 4: the canary's pods. Live weight and no ready pod → weight to stable at once; a second time, what cannot heal (a crash
// loop, kills for memory), or too few ready pods beyond grace → roll back, naming what is wrong. Never looks at metrics.
import type { Reason } from '../../api/conditions.ts';
import { formatDuration } from '../../lib/duration.ts';
import { fromTime } from '../../lib/time.ts';
import type { Facts } from '../facts.ts';
import { graceOf, hasLostUsers, podsOfStep } from '../facts.ts';
import { NOTHING, pairIntent } from '../target.ts';
import type { TroubleReason } from '../trouble.ts';
import type { Policy, Speech } from './policy.ts';

export const canaryHealth: Policy = {
  name: 'canaryHealth',
  speak: (facts) => {
    const { status, versions } = facts;
    const { found, trouble } = versions.canary;
    if (trouble?.hopeless)
      return rollBack(trouble.reason, `the canary ${WHAT[trouble.reason] ?? 'cannot run'}: ${trouble.message}`);
    if (!found) return rollBack('CanaryGone', 'the canary Deployment is gone');
    if (hasLostUsers(status, versions.canary)) return lostAll(facts);
    return tooFew(facts);
  },
};

/** Of what cannot heal. */
const WHAT: Readonly<Partial<Record<TroubleReason, string>>> = {
  CrashLoop: 'crash-loops',
  OOMKilled: 'is killed for its memory',
  ImagePullFailed: 'has no image',
};

function lostAll({ status, versions }: Facts): Speech {
  const { running, trouble } = versions.canary;
  const message = `no canary pod is ready under live weight (${running} running${trouble ? `; ${trouble.message}` : ''})`;
  if ((status.strikes ?? 0) > 0) return rollBack(trouble?.reason ?? 'NoReadyPods', `${message}, for the second time`);
  return {
    kind: 'withdraw',
    intent: pairIntent(NOTHING),
    reason: 'NoReadyPods',
    message: `${message}: weight to stable at once`,
  };
}

/** Of the pods that the present traffic needs; whose fault it is does not matter to the users. */
function tooFew(facts: Facts): Speech | undefined {
  const { status, versions, now } = facts;
  if (status.shortSince === undefined) return undefined;
  const shortMs = now - fromTime(status.shortSince);
  if (shortMs < graceOf(facts)) return undefined;
  const { ready, trouble } = versions.canary;
  const message = `${ready} of ${podsOfStep(facts)} needed canary pods ready for ${formatDuration(shortMs)}`;
  return rollBack(trouble?.reason ?? 'TooFewPods', trouble === undefined ? message : `${message}: ${trouble.message}`);
}

const rollBack = (reason: Reason, message: string): Speech => ({
  kind: 'rollBack',
  outcome: 'rolledBack',
  reason,
  message,
});
