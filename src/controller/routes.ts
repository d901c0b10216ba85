// Routes as they stand, and as a status intends them: the one place where an intent becomes rendered objects.
// Never writes. Called by gather (to compare) and by write-routes.ts.
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { ObjectRef } from '../api/object.ts';
import type { Result } from '../lib/result.ts';
import type { Objects } from '../objects/objects.ts';
import type { ActiveStatus } from '../release/status.ts';
import { emptyRule } from '../routing/added.ts';
import { renderPromoted } from '../routing/promote.ts';
import { render } from '../routing/render.ts';
import type { RouteObjects } from '../routing/target.ts';

/** All of them, or which of them are gone. */
export type ReadRoutes = { readonly found: RouteObjects } | { readonly gone: readonly ObjectRef[] };

/** A rule that is Serin's to make stands for itself while there is none. */
export async function readRoutes(objects: Objects, status: ActiveStatus): Promise<ReadRoutes> {
  const { identity } = status.accepted;
  const refs = [identity.destinationRule, ...identity.virtualServices];
  const [read, ...services] = await Promise.all(refs.map((ref) => objects.get(ref)));
  const rule = read ?? (identity.added?.rule === undefined ? undefined : emptyRule(identity));
  const gone = refs.filter((_, index) => [rule, ...services][index] === undefined);
  if (gone.length > 0) return { gone };
  const virtualServices = services as unknown as readonly VirtualService[];
  return { found: { destinationRule: rule as DestinationRule, virtualServices } };
}

export function renderIntent(routes: RouteObjects, { route, accepted }: ActiveStatus): Result<RouteObjects> {
  const { identity } = accepted;
  return route.intent.kind === 'promoted'
    ? renderPromoted(routes, identity)
    : render(routes, identity, route.intent.target);
}
