// Policy 1b: the routes name the canary as the new stable: no way back; the next effect is to retire the old stable.
// Never scales down what still moves or cannot be read. Stands before every protection, which have nothing left to protect with.
import { drainOf } from '../drain.ts';
import type { Facts } from '../facts.ts';
import { overwrittenLately } from './contested.ts';
import { hold, type Policy, type Speech, wait } from './policy.ts';

export const promoting: Policy = {
  name: 'promoting',
  speak: (facts) => (facts.status.route.intent.kind === 'promoted' ? nextEffect(facts) : undefined),
};

function nextEffect(facts: Facts): Speech {
  const { status, plan, versions, route } = facts;
  if (facts.orders.deleting && route.kind === 'unusable') return promoted(facts);
  if (route.kind === 'unusable') return hold('RouteUnusable', route.message);
  if (status.route.readBackAt === undefined) return wait('Unconfirmed', 'waiting to read the routes back');
  const { stable } = versions;
  const retired = !stable.found || (plan.cleanup.stable === 'scaleDown' && stable.wanted === 0);
  if (facts.orders.deleting || plan.cleanup.stable === 'keep' || retired) return promoted(facts);
  const drain = drainOf(facts, 'stable');
  switch (drain.kind) {
    case 'draining':
      return wait('Draining', drain.message);
    case 'unproven':
      return promoted(facts, drain.message);
    case 'drained': {
      const why = keptFor(facts);
      return why === undefined ? retire(facts, drain.message) : promoted(facts, why);
    }
  }
}

/** Why the old version is better left running: it may be all that can still answer. */
function keptFor(facts: Facts): string | undefined {
  const { canary } = facts.versions;
  // What puts the old routes back a minute later would lead every user to nobody.
  if (overwrittenLately(facts)) return 'our routes were changed by somebody else lately, who may put the old ones back';
  return canary.ready > 0 ? undefined : `no pod of ${facts.status.accepted.versions.canary.deployment} is ready`;
}

function retire({ status, plan }: Facts, why: string): Speech {
  const name = status.accepted.versions.stable.deployment;
  return plan.cleanup.stable === 'delete'
    ? { kind: 'remove', version: 'stable', reason: 'Delete', message: `delete ${name}: ${why}` }
    : {
        kind: 'scale',
        scale: { version: 'stable', replicas: 0 },
        reason: 'ScaleDown',
        message: `scale ${name} to 0: ${why}`,
      };
}

function promoted({ status }: Facts, withheld?: string): Speech {
  const hand = status.byHand === undefined ? '' : `, promoted by hand: ${status.byHand.reason}`;
  const message = `${status.accepted.versions.canary.deployment} is the new stable${hand}`;
  return {
    kind: 'finish',
    phase: 'Promoted',
    reason: 'Promoted',
    message,
    ...(withheld === undefined ? {} : { withheld }),
  };
}
