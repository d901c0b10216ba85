// One turn of one release: gather → decide → act, or its acceptance, or the tidying after its end.
// Never loops and never sleeps (controller.ts does). All that matters after a restart is in the object's status.
import type { ObjectRef } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { decide } from '../release/decide.ts';
import { resolvePlan } from '../release/resolve.ts';
import { isActive, isEnded } from '../release/status.ts';
import { acceptRelease } from './acceptance-turn.ts';
import { act } from './act.ts';
import type { Deps } from './deps.ts';
import { hasFinalizer, removeFinalizer } from './finalizer.ts';
import { type PlanGates, planGates } from './gates.ts';
import { gather } from './gather.ts';
import type { Next } from './next.ts';
import { statusOf } from './status-of.ts';

/**
 * `uid`: the release that is meant; one made anew under its name is another. `gatesOf`: whoever takes many turns of one release
 * passes its planningOnce().
 */
export async function takeTurn(
  ref: ObjectRef,
  deps: Deps,
  uid?: string,
  gatesOf: PlanGates = planGates,
): Promise<Next> {
  const found = await deps.objects.get(ref);
  if (found === undefined || (uid !== undefined && found.metadata.uid !== uid)) return 'never';
  const release = found as Release;
  const status = statusOf(release);
  if (isEnded(status)) {
    if (hasFinalizer(release)) await removeFinalizer(deps.objects, release);
    return 'never';
  }
  if (!isActive(status)) return acceptRelease(release, status, deps);
  const gathered = await gather(release, status, resolvePlan(status.accepted.policy), deps, gatesOf);
  const turn = decide(gathered.input);
  const wrote = await act(gathered, turn, deps);
  const { now: at } = gathered.input;
  deps.onTurn?.({ ref, at, before: status, after: turn.status, decisions: turn.decisions, input: gathered.input });
  return wrote ? 'again' : 'later';
}
