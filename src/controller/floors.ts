// The floors that a release puts under the autoscalers of its versions, each with the autoscaler's own kept in an annotation
// beside it, and its return at the end. Never decides how high (the status does). Called by act.ts and turn.ts.
import type { HorizontalPodAutoscaler } from '../api/cluster-kinds.ts';
import { type KubeObject, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import type { ActiveStatus, VersionName } from '../release/status.ts';
import type { Deps } from './deps.ts';
import { unlessForbidden } from './unless-forbidden.ts';

const PINNED_BY = 'serin.dev/pinned-by';
/** What Serin has set, so that somebody's later change can be told from it. */
const PINNED = 'serin.dev/pinned-min-replicas';
/** Empty where the field was left out. */
const ORIGINAL = 'serin.dev/original-min-replicas';

/** By version; a version without one is not in it. */
export type Autoscalers = Readonly<Partial<Record<VersionName, HorizontalPodAutoscaler>>>;

/** Whether anything was written. */
export async function writeFloors(
  autoscalers: Autoscalers,
  { floors = {} }: ActiveStatus,
  release: Release,
  deps: Deps,
): Promise<boolean> {
  let wrote = false;
  for (const [version, floor] of Object.entries(floors)) {
    const autoscaler = autoscalers[version as VersionName];
    const raised = autoscaler && withFloor(autoscaler, floor, release.metadata.name);
    if (raised === undefined) continue;
    wrote = (await write(raised, release, deps)) || wrote;
  }
  return wrote;
}

/** Every autoscaler of this release gets its own floor back; done again, it changes nothing. */
export async function restoreFloors(release: Release, deps: Deps): Promise<void> {
  const all = await listAutoscalers(deps.objects, refOf(release).namespace);
  for (const autoscaler of all)
    if (autoscaler.metadata.annotations?.[PINNED_BY] === release.metadata.name)
      await write(withOwnFloor(autoscaler), release, deps);
}

/** None where nobody may read them: then nobody may pin them either, and the release has its turns all the same. */
export async function listAutoscalers(
  objects: Objects,
  namespace: string,
): Promise<readonly HorizontalPodAutoscaler[]> {
  const found = await unlessForbidden(objects.list('HorizontalPodAutoscaler', namespace), undefined);
  return (found?.items ?? []) as readonly HorizontalPodAutoscaler[];
}

/** Undefined when there is nothing to write: its own floor, or one of ours that stands, is high enough. */
export function withFloor(
  autoscaler: HorizontalPodAutoscaler,
  wanted: number,
  release: string,
): HorizontalPodAutoscaler | undefined {
  const { annotations = {} } = autoscaler.metadata;
  const { minReplicas, maxReplicas } = autoscaler.spec;
  const floor = Math.max(Math.min(wanted, maxReplicas), minReplicas ?? 1);
  const { [PINNED_BY]: by = release } = annotations;
  // A pin that a release before this one has left behind is taken over, to be taken back with this one's.
  if ((minReplicas ?? 1) === floor && by === release) return undefined;
  // What stands there and is not ours is somebody's own, also when it was changed under our pin.
  const ours = annotations[PINNED] !== undefined && annotations[PINNED] === String(minReplicas);
  const original = ours ? (annotations[ORIGINAL] ?? '') : String(minReplicas ?? '');
  const marks = { [PINNED_BY]: release, [PINNED]: String(floor), [ORIGINAL]: original };
  return {
    ...autoscaler,
    metadata: { ...autoscaler.metadata, annotations: { ...annotations, ...marks } },
    spec: { ...autoscaler.spec, minReplicas: floor },
  };
}

function withOwnFloor(autoscaler: HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const {
    [PINNED_BY]: _,
    [PINNED]: pinned,
    [ORIGINAL]: original = '',
    ...rest
  } = autoscaler.metadata.annotations ?? {};
  const { minReplicas, ...spec } = autoscaler.spec;
  const { annotations: _a, ...metadata } = autoscaler.metadata;
  // Somebody's change since stays.
  const own = pinned === String(minReplicas) ? (original === '' ? undefined : Number(original)) : minReplicas;
  return {
    ...autoscaler,
    metadata: Object.keys(rest).length === 0 ? metadata : { ...metadata, annotations: rest },
    spec: { ...spec, ...(own === undefined ? {} : { minReplicas: own }) },
  };
}

/** An autoscaler that may not be written, or is gone, keeps no release from its end, nor from its routes; it is told. */
async function write(autoscaler: HorizontalPodAutoscaler, release: Release, deps: Deps): Promise<boolean> {
  try {
    await deps.objects.update(autoscaler as unknown as KubeObject);
    return true;
  } catch (error) {
    const lasting = error instanceof ObjectsError && ['Forbidden', 'Invalid', 'NotFound'].includes(error.reason);
    if (!lasting) throw error;
    deps.onTrouble?.(refOf(release), error);
    return false;
  }
}
