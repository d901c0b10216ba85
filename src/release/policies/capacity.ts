// Policy 15: the pods that the next target needs are not ready → scale up where nobody has, and wait; for what the cluster has to
// mend → hold, with its own words, until the deadline; for what is the canary's own fault, beyond grace → roll back.
// Never shrinks a version.
import { formatDuration } from '../../lib/duration.ts';
import { fromTime } from '../../lib/time.ts';
import type { Facts } from '../facts.ts';
import { graceOf, podsNeeded, presentSize } from '../facts.ts';
import { exposureOf, pairIntent, type RouteIntent } from '../target.ts';
import { isOwnFault } from '../trouble.ts';
import { hold, type Policy, type Speech, wait } from './policy.ts';

export const capacity: Policy = {
  name: 'capacity',
  speak: (facts) => {
    const ahead = intentAhead(facts);
    if (facts.status.phase !== 'Running' || ahead === undefined) return undefined;
    const { canary } = facts.versions;
    const needed = podsNeeded(ahead, presentSize(facts));
    if (canary.ready >= needed) return beforeFirst(facts);
    const { mostReplicas = Infinity } = canary;
    if (mostReplicas < needed)
      return hold('AutoscalerLimit', `the canary's autoscaler allows ${mostReplicas} of ${needed} needed pods`);
    if (canary.wanted < needed) {
      const message = `scale ${facts.status.accepted.versions.canary.deployment} to ${needed}`;
      return { kind: 'scale', scale: { version: 'canary', replicas: needed }, reason: 'ScaleUp', message };
    }
    return notReady(facts, needed);
  },
};

/** What older pods answer would count for the new ones, whose evidence it is not. */
function beforeFirst({ status, versions }: Facts): Speech | undefined {
  const { intent } = status.route;
  const isUntouched = intent.kind === 'pair' && exposureOf(intent.target) === 'none';
  if (!isUntouched || versions.canary.rollsOut !== true) return undefined;
  return wait('PodsNotReady', 'pods of an older template of the canary are still there');
}

function notReady(facts: Facts, needed: number): Speech {
  const { status, now } = facts;
  const { ready, trouble } = facts.versions.canary;
  const lagMs = status.laggingSince === undefined ? 0 : now - fromTime(status.laggingSince);
  const graceMs = graceOf(facts);
  const said = trouble === undefined ? '' : `: ${trouble.message}`;
  const message = `${ready} of ${needed} canary pods ready${said}`;
  // Whom no pod is made for, nothing gets better by waiting; all else may be on its way for a while.
  const refused = trouble?.reason === 'QuotaExceeded' || trouble?.reason === 'PodsRefused';
  if (trouble !== undefined && refused) return hold(trouble.reason, message);
  if (trouble === undefined || lagMs < graceMs)
    return wait('PodsNotReady', `${message} (grace ${formatDuration(graceMs)})`);
  const late = `${message} for ${formatDuration(lagMs)}`;
  if (!isOwnFault(trouble)) return hold(trouble.reason, late);
  return { kind: 'rollBack', outcome: 'rolledBack', reason: trouble.reason, message: late };
}

/** On the way to this step's target: that one. Arrived: the next step's. */
function intentAhead({ arrived, wanted, next }: Facts): RouteIntent | undefined {
  if (!arrived) return wanted;
  return next === undefined ? undefined : pairIntent(next.target);
}
