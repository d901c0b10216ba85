// One turn of one release: gather → decide → act, or its acceptance, or the tidying after its end.
// Never loops and never sleeps (controller.ts does). All that matters after a restart is in the object's status.
import type { KubeObject, ObjectRef } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { toTime } from '../lib/time.ts';
import { withConditions } from '../release/conditions.ts';
import { resolvePlan } from '../release/resolve.ts';
import { isActive, isEnded } from '../release/status.ts';
import { acceptRelease } from './acceptance-turn.ts';
import { act } from './act.ts';
import type { Deps } from './deps.ts';
import { hasFinalizer, removeFinalizer } from './finalizer.ts';
import { restoreFloors } from './floors.ts';
import { gather } from './gather.ts';
import { decideKnowing } from './leaks.ts';
import { noMemory, type ReleaseMemory } from './memory.ts';
import type { Next } from './next.ts';
import { statusOf } from './status-of.ts';

/** `memory`: of this release, kept by whoever takes many turns of it. */
export async function takeTurn(ref: ObjectRef, deps: Deps, memory: ReleaseMemory = noMemory()): Promise<Next> {
  const found = await deps.objects.get(ref);
  if (found === undefined) return 'never';
  const release = found as Release;
  const stored = statusOf(release);
  if (isEnded(stored)) {
    if (hasFinalizer(release)) {
      await restoreFloors(release, deps);
      await removeFinalizer(deps.objects, release);
    }
    return 'never';
  }
  const status = memory.recall(release);
  if (!isActive(status)) return acceptRelease(release, stored, deps);
  const gathered = await gather(release, status, resolvePlan(status.accepted.policy), deps, memory.gatesOf);
  if (gathered === undefined) return 'again';
  const decided = await decideKnowing(gathered, deps);
  const { now: at } = gathered.input;
  const generation = release.metadata.generation ?? 0;
  const turn = { ...decided, status: withConditions(decided.status, generation, toTime(at)) };
  const { checkpointMs } = memory;
  const remembered = (written: KubeObject): void => {
    // What was just written is kept once, as it stands in the object.
    memory.keep(written, written === found ? turn.status : statusOf(written as unknown as Release));
    deps.onTurn?.({ ref, at, before: status, after: turn.status, decisions: turn.decisions, input: gathered.input });
  };
  const wrote = await act(gathered, turn, deps, { stored, checkpointMs, remembered });
  return wrote ? 'again' : 'later';
}
