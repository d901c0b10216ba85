// Routes as they stand, and as a status intends them: the one place where an intent becomes rendered objects.
// Never writes. Called by gather (to compare) and by write-routes.ts.
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { Result } from '../lib/result.ts';
import type { Objects } from '../objects/objects.ts';
import type { ActiveStatus } from '../release/status.ts';
import { emptyRule } from '../routing/added.ts';
import { renderPromoted } from '../routing/promote.ts';
import { render } from '../routing/render.ts';
import type { RouteObjects } from '../routing/target.ts';

/** Undefined when one of them is gone; a rule that is Serin's to make stands for itself while there is none. */
export async function readRoutes(objects: Objects, status: ActiveStatus): Promise<RouteObjects | undefined> {
  const { identity } = status.accepted;
  const refs = [identity.destinationRule, ...identity.virtualServices];
  const [rule, ...services] = await Promise.all(refs.map((ref) => objects.get(ref)));
  const found = services.filter((service) => service !== undefined);
  const destinationRule = rule ?? (identity.added?.rule === undefined ? undefined : emptyRule(identity));
  if (destinationRule === undefined || found.length < identity.virtualServices.length) return undefined;
  return {
    destinationRule: destinationRule as DestinationRule,
    virtualServices: found as unknown as readonly VirtualService[],
  };
}

export function renderIntent(routes: RouteObjects, { route, accepted }: ActiveStatus): Result<RouteObjects> {
  const { identity } = accepted;
  return route.intent.kind === 'promoted'
    ? renderPromoted(routes, identity)
    : render(routes, identity, route.intent.target);
}
