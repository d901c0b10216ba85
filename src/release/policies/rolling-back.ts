// Policy 1: a roll back has begun; its next effect. Weights, confirm, drain, scale down, what was added taken back, then (with
// the end) the alert.
// Never goes back to running. First in the list.
import { formatDuration } from '../../lib/duration.ts';
import { fromTime, toTime } from '../../lib/time.ts';
import { drainLimitMs, drainOf, proofOf } from '../drain.ts';
import type { Facts } from '../facts.ts';
import { type Policy, type Speech, wait } from './policy.ts';
import { isRestoring, keptBack, restore } from './restoration.ts';
import { withdraw } from './withdrawal.ts';

export const rollingBack: Policy = {
  name: 'rollingBack',
  speak: (facts) => (facts.status.phase === 'RollingBack' ? nextEffect(facts) : undefined),
};

function nextEffect(facts: Facts): Speech {
  // A deletion is not even stuck when the route is gone.
  if (facts.orders.deleting && facts.route.kind === 'unusable') return ended(facts);
  if (isRestoring(facts)) return restored(facts);
  if (facts.orders.deleting) return withdraw(facts, 'readBack') ?? restored(facts);
  // Asked to end already, by us after its drain or by somebody else: its counters end with it, and nothing is withheld.
  const { wanted } = facts.versions.canary;
  if (wanted === 0 && facts.confirmed) return withdraw(facts, 'seen') ?? scaleDown(facts, 'it is scaled down');
  const drain = drainOf(facts, 'canary');
  // Only the proof that the traffic has gone may stay out, and only so long; the routes themselves never.
  const traffic = withdraw(facts, proofOf(facts));
  if (traffic !== undefined) return traffic;
  switch (drain.kind) {
    case 'draining':
      return wait('Draining', drain.message);
    case 'unproven':
      return ended(facts, drain.message);
    case 'drained':
      return scaleDown(facts, drain.message);
  }
}

function scaleDown(facts: Facts, why: string): Speech {
  const { canary } = facts.versions;
  if (!canary.found || (canary.wanted === 0 && canary.running === 0)) return restored(facts);
  if (canary.wanted === 0) return endOfPods(facts);
  const message = `scale ${facts.status.accepted.versions.canary.deployment} to 0: ${why}`;
  return { kind: 'scale', scale: { version: 'canary', replicas: 0 }, reason: 'ScaleDown', message };
}

/** Pods may refuse to end for longer than anybody should wait; they have no traffic, and are Kubernetes' to end. */
function endOfPods(facts: Facts): Speech {
  const since = fromTime(facts.status.endingSince ?? toTime(facts.now));
  const limit = drainLimitMs(facts);
  return facts.now - since > limit
    ? ended(facts, `it is scaled to 0, and its pods have not ended within ${formatDuration(limit)}`)
    : wait('ScalingDown', 'waiting until the canary has ended');
}

const restored = (facts: Facts): Speech => restore(facts) ?? ended(facts);

function ended(facts: Facts, withheld?: string): Speech {
  const { rollBack, accepted } = facts.status;
  const took = rollBack === undefined ? '' : ` after ${formatDuration(facts.now - fromTime(rollBack.at))}`;
  const message = `stable ${accepted.versions.stable.deployment} serves everything${took}: ${rollBack?.message ?? ''}${keptBack(facts)}`;
  const reason = rollBack?.reason ?? 'RolledBack';
  return { kind: 'finish', phase: 'RolledBack', reason, message, ...(withheld === undefined ? {} : { withheld }) };
}
