// How one http route relates to a release's pair: which destinations are stable, canary, the whole service, or others.
// Never changes a route. Called by every file of routing that reads or writes destinations.
import type { Destination, HTTPMirrorPolicy, HTTPRoute, HTTPRouteDestination } from '../api/istio.ts';
import { hostMeans } from './host.ts';
import type { RoutePair } from './target.ts';

/** Names of routes that Serin adds; a user may not begin a name so. */
export const OWN_PREFIX = 'serin-';

export const isOwn = (route: HTTPRoute): boolean => route.name?.startsWith(OWN_PREFIX) ?? false;

/** A clone of this release. Two releases of two services may share a VirtualService, and each leaves the other's clones alone. */
export const isOwnOf = (route: HTTPRoute, { pair, namespace }: View): boolean =>
  isOwn(route) &&
  destinationsOf(route).some(({ destination: { host } }) => hostMeans(host, namespace, pair.service, pair.namespace));

/** `open`: the service without a subset, and so every version of it; stable's where the pair pins such destinations. */
export type Role = 'stable' | 'canary' | 'open' | 'other';

/** A pair as one VirtualService sees it: its namespace decides what a short host name means. */
export interface View {
  readonly pair: RoutePair;
  readonly namespace: string;
}

export function roleOf(destination: Destination, { pair, namespace }: View): Role {
  if (!hostMeans(destination.host, namespace, pair.service, pair.namespace)) return 'other';
  if (isOpen(destination)) return pair.pins ? 'stable' : 'open';
  if (destination.subset === pair.stable) return 'stable';
  return destination.subset === pair.canary ? 'canary' : 'other';
}

/** Istio reads an empty name as none. */
export const isOpen = ({ subset }: Destination): boolean => subset === undefined || subset === '';

export const destinationsOf = (route: HTTPRoute): readonly HTTPRouteDestination[] => route.route ?? [];

export const rolesOf = (route: HTTPRoute, view: View): readonly Role[] =>
  destinationsOf(route).map(({ destination }) => roleOf(destination, view));

export const weightOf = (destination: HTTPRouteDestination): number => destination.weight ?? 0;

/** A single destination gets everything whatever its weight; among several, an unset weight is zero (virtual_service.proto). */
export const carries = (destinations: readonly HTTPRouteDestination[], index: number): boolean =>
  destinations.length === 1 || weightOf(destinations[index]!) > 0;

/** Whether requests reach a destination of that role. */
export function reaches(route: HTTPRoute, view: View, role: Role): boolean {
  const destinations = destinationsOf(route);
  return rolesOf(route, view).some((own, index) => own === role && carries(destinations, index));
}

export const namesPair = (route: HTTPRoute, view: View): boolean =>
  rolesOf(route, view).some((role) => role === 'stable' || role === 'canary');

/** Both spellings of a mirror as one list; the percentage as Istio reads it (route.go, MirrorPercent). */
export function mirrorsOf(route: HTTPRoute): readonly HTTPMirrorPolicy[] {
  const list = route.mirrors ?? [];
  if (route.mirror === undefined) return list;
  const deprecated = route.mirrorPercent ?? route.mirror_percent;
  const percentage = route.mirrorPercentage ?? (deprecated === undefined ? undefined : { value: deprecated });
  return [{ destination: route.mirror, ...(percentage !== undefined && { percentage }) }, ...list];
}

export const withSubset = (destination: HTTPRouteDestination, subset: string): HTTPRouteDestination => ({
  ...destination,
  destination: { ...destination.destination, subset },
});
