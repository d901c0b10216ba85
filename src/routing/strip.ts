// The user's objects without anything of Serin's: its routes, weights, mirror, pins, pool and subsets taken away, the user's form restored.
// Never fails: taking traffic back must always be possible. Called by render, promote and accept's callers.
import type { HTTPRoute, VirtualService } from '../api/istio.ts';
import { refOf } from '../api/object.ts';
import { withoutAdded } from './added.ts';
import { align } from './align.ts';
import { namespaceOf, routesOf } from './delegate.ts';
import { removeMirror } from './mirror.ts';
import { isOwnOf, namesPair, type View } from './pair.ts';
import { unpin } from './pin.ts';
import { removePool } from './pool.ts';
import type { OriginalRoute, RouteIdentity, RouteObjects } from './target.ts';
import { restoreWeights } from './weights.ts';

export function strip(objects: RouteObjects, identity: RouteIdentity): RouteObjects {
  const services = objects.virtualServices.map((service) => stripService(service, identity));
  return strippedObjects(objects, services, identity);
}

export const strippedObjects = (
  objects: RouteObjects,
  services: readonly StrippedService[],
  identity: RouteIdentity,
): RouteObjects => ({
  virtualServices: services.map(({ virtualService }) => virtualService),
  destinationRule: withoutAdded(
    removePool(objects.destinationRule, identity.canary, identity.original.pool),
    identity.added,
  ),
});

export interface StrippedRoute {
  readonly route: HTTPRoute;
  readonly record: OriginalRoute | undefined;
}

export interface StrippedService {
  readonly virtualService: VirtualService;
  readonly view: View;
  readonly routes: readonly StrippedRoute[];
  /** Records of this VirtualService, found again or not. */
  readonly records: readonly OriginalRoute[];
}

/** One VirtualService stripped, with each route's record still beside it. */
export function stripService(virtualService: VirtualService, identity: RouteIdentity): StrippedService {
  const view: View = { pair: identity, namespace: namespaceOf(virtualService) };
  const ref = refOf(virtualService);
  const records = identity.original.routes.filter(
    ({ virtualService: { name, namespace } }) => name === ref.name && namespace === ref.namespace,
  );
  const own = routesOf(virtualService).filter((route) => !isOwnOf(route, view));
  const paired = own.filter((route) => namesPair(route, view));
  const found = align(paired, records, view);
  let next = 0;
  const routes = own.map((route): StrippedRoute => {
    if (route !== paired[next]) return { route, record: undefined };
    const record = found[next++];
    const unshifted = restoreWeights(removeMirror(route, view, record), view, record);
    return { route: unpin(unshifted, view, record), record };
  });
  const http = routes.map(({ route }) => route);
  return { virtualService: withRoutes(virtualService, http), view, routes, records };
}

/** The very same object when no route is another. */
export function withRoutes(virtualService: VirtualService, http: readonly HTTPRoute[]): VirtualService {
  const before = routesOf(virtualService);
  const same = http.length === before.length && http.every((route, index) => route === before[index]);
  return same ? virtualService : { ...virtualService, spec: { ...virtualService.spec, http } };
}
