// Destinations without a subset, pinned to stable's while a release runs, and opened again in the end.
// Never pins a route that has no record of having been open: a user's later edit is told of instead. Called by accept, strip, render.
import type { HTTPRoute } from '../api/istio.ts';
import { destinationsOf, isOpen, rolesOf, type View, withSubset } from './pair.ts';
import type { OriginalRoute, RoutePair } from './target.ts';

/** The pair as it is once everything that is to be pinned has been: what is open still is a problem. */
export function pinnedPair<Pair extends RoutePair>(pair: Pair): Pair {
  const { pins: _, ...rest } = pair;
  return rest as Pair;
}

export function pin(route: HTTPRoute, view: View, record: Pick<OriginalRoute, 'open'> | undefined): HTTPRoute {
  if (record?.open !== true) return route;
  const roles = rolesOf(route, view);
  const pinned = destinationsOf(route).map((item, index) =>
    roles[index] === 'stable' && isOpen(item.destination) ? withSubset(item, view.pair.stable) : item,
  );
  return { ...route, route: pinned };
}

export function unpin(route: HTTPRoute, view: View, record: OriginalRoute | undefined): HTTPRoute {
  if (record?.open !== true) return route;
  const opened = destinationsOf(route).map((item) => {
    const { subset, ...destination } = item.destination;
    const pinned = subset === view.pair.stable && rolesOf({ route: [item] }, view)[0] === 'stable';
    return pinned ? { ...item, destination } : item;
  });
  return { ...route, route: opened };
}
