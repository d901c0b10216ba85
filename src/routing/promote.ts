// The end of a good release: the canary's subset named wherever stable's stood, and nothing of Serin's left but added subsets.
// Never runs before the release decided so; applying it again changes nothing. Called by the controller.
import type { Destination, HTTPRoute, VirtualService } from '../api/istio.ts';
import { ok, type Result } from '../lib/result.ts';
import { withAdded } from './added.ts';
import { namespaceOf, routesOf } from './delegate.ts';
import { destinationsOf, mirrorsOf, roleOf, rolesOf, type View } from './pair.ts';
import { strip, withRoutes } from './strip.ts';
import type { RouteIdentity, RouteObjects } from './target.ts';
import { exchanged } from './weights.ts';

export function renderPromoted(objects: RouteObjects, identity: RouteIdentity): Result<RouteObjects> {
  const { virtualServices, destinationRule } = strip(objects, identity);
  return ok({
    virtualServices: virtualServices.map((service) => promoted(service, identity)),
    destinationRule: withAdded(destinationRule, identity.added),
  });
}

function promoted(service: VirtualService, pair: RouteIdentity): VirtualService {
  const view: View = { pair, namespace: namespaceOf(service) };
  const isStable = (destination: Destination) => roleOf(destination, view) === 'stable';
  const http = routesOf(service).map((route): HTTPRoute => {
    const leads = rolesOf(route, view).includes('stable');
    if (!leads && !mirrorsOf(route).some(({ destination }) => isStable(destination))) return route;
    const renamed = (destination: Destination): Destination =>
      isStable(destination) ? { ...destination, subset: pair.canary } : destination;
    const { mirror, mirrors } = route;
    return {
      ...route,
      ...(leads && { route: exchanged(destinationsOf(route), view) }),
      ...(mirror !== undefined && { mirror: renamed(mirror) }),
      ...(mirrors !== undefined && {
        mirrors: mirrors.map((policy) => ({ ...policy, destination: renamed(policy.destination) })),
      }),
    };
  });
  return withRoutes(service, http);
}
