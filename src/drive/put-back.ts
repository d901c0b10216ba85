// Ctrl-C: orders the abort and waits until the routes are as the user wrote them, before anything is ended.
// Never waits for drains. Called by rehearsal and run.
import type { KubeObject, ObjectRef } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import type { Clock } from '../lib/clock.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import { isEnded, type ReleaseStatus } from '../release/status.ts';
import { exposureOf } from '../release/target.ts';

const LOOK_MS = 50;
/** Without a ready pod of stable the guard keeps the weights: then ending is all that is left. */
const LONGEST_MS = 15_000;

export async function putTrafficBack(
  objects: Objects,
  ref: ObjectRef,
  status: () => ReleaseStatus,
  clock: Clock,
  longestMs = LONGEST_MS,
): Promise<void> {
  const until = clock.now() + longestMs;
  while (clock.now() < until && !(await ordered(objects, ref))) await clock.sleep(LOOK_MS);
  while (clock.now() < until && !isBack(status())) await clock.sleep(LOOK_MS);
}

async function ordered(objects: Objects, ref: ObjectRef): Promise<boolean> {
  const release = (await objects.get(ref)) as Release | undefined;
  if (release === undefined || release.spec.aborted === true) return true;
  try {
    await objects.update({ ...release, spec: { ...release.spec, aborted: true } } as KubeObject);
    return true;
  } catch (error) {
    // Met again in a moment, as long as there is patience.
    if (error instanceof ObjectsError) return false;
    throw error;
  }
}

/** Promoted counts: the canary is the stable version then. */
function isBack(status: ReleaseStatus): boolean {
  if (isEnded(status) || status.accepted === undefined) return true;
  const { route } = status;
  if (route?.intent.kind !== 'pair') return route?.readBackAt !== undefined;
  const { target } = route.intent;
  const isNothing = exposureOf(target) === 'none' && !target.pool;
  return route.readBackAt !== undefined && isNothing && status.phase === 'RollingBack';
}
