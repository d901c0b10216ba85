// Writes the routes that a status intends, where they are not so yet; creates and removes the DestinationRule that is Serin's own.
// Never decides. Several writes are all dry-run before the first (design.md §6). Called by act.ts.
import type { DestinationRule } from '../api/istio.ts';
import type { KubeObject } from '../api/object.ts';
import { refOf } from '../api/object.ts';
import { sameJson } from '../lib/fingerprint.ts';
import type { Objects } from '../objects/objects.ts';
import type { ActiveStatus } from '../release/status.ts';
import { isEmptyRule } from '../routing/added.ts';
import type { RouteIdentity, RouteObjects } from '../routing/target.ts';
import { renderIntent } from './routes.ts';

/** Whether anything was written. What a failure leaves half written is found, and written, at the next turn. */
export async function writeRoutes(
  routes: RouteObjects | undefined,
  status: ActiveStatus,
  objects: Objects,
): Promise<boolean> {
  if (routes === undefined) return false;
  const rendered = renderIntent(routes, status);
  // Only a way forward can fail so, after the user's later edits: gather sees the same, and the release waits there.
  if (!rendered.ok) return false;
  const all = inOrder(rendered.value, routes, status);
  const changed = all.filter((object) => !sameJson(object, standing(routes, object)));
  const writes = changed.map((object) => writeOf(object, status.accepted.identity, objects));
  // One alone cannot be left half done, and users may be waiting for it.
  if (writes.length > 1) for (const write of writes) await write(true);
  for (const write of writes) await write(false);
  return changed.length > 0;
}

type Write = (dryRun: boolean) => Promise<unknown>;

function writeOf(object: KubeObject, identity: RouteIdentity, objects: Objects): Write {
  const isOurs = object.kind === 'DestinationRule' && isEmptyRule(object as DestinationRule, identity);
  const { resourceVersion, uid } = object.metadata;
  if (isOurs) {
    // A removal cannot be tried out; that somebody else has made a rule of that name since is what the uid is for.
    return async (dryRun) => (dryRun ? undefined : objects.remove(refOf(object), uid === undefined ? {} : { uid }));
  }
  if (resourceVersion === undefined) return (dryRun) => objects.create(object, { dryRun });
  return (dryRun) => objects.update(object, { dryRun });
}

/** A pool stands before the copies that it bounds, a subset before the routes that name it; both go after them. */
function inOrder(
  { destinationRule, virtualServices }: RouteObjects,
  routes: RouteObjects,
  { route }: ActiveStatus,
): readonly KubeObject[] {
  const bounded = route.intent.kind === 'pair' && route.intent.target.pool;
  const known = new Set((routes.destinationRule.spec.subsets ?? []).map(({ name }) => name));
  const adds = (destinationRule.spec.subsets ?? []).some(({ name }) => !known.has(name));
  return bounded || adds ? [destinationRule, ...virtualServices] : [...virtualServices, destinationRule];
}

function standing(routes: RouteObjects, object: KubeObject): KubeObject | undefined {
  const all: readonly KubeObject[] = [routes.destinationRule, ...routes.virtualServices];
  return all.find((one) => sameJson(refOf(one), refOf(object)));
}
