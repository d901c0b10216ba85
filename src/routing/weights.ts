// The weights between stable and canary on one route: set for a share, read back, and put back as the user had them.
// Never touches a route's proportion between the pair and other destinations. Called by render and strip.
import type { HTTPRoute, HTTPRouteDestination } from '../api/istio.ts';
import { sameJson } from '../lib/fingerprint.ts';
import type { Share } from '../lib/share.ts';
import { carries, destinationsOf, rolesOf, type View, weightOf, withSubset } from './pair.ts';
import type { OriginalRoute } from './target.ts';

const INT32_MAX = 2_147_483_647;
const PPM = 1_000_000;

/** The canary's part of the total; a share the total cannot express is a programming error (`weightTotal` made the total). */
export function canaryUnits(share: Share, total: number): number {
  const units = (share * total) / PPM;
  if (!Number.isInteger(units)) throw new RangeError(`a total of ${total} cannot express ${share} parts per million`);
  return units;
}

/** Which destination is which, when there is exactly one stable and at most one canary. */
export interface PairPlaces {
  readonly stable: number;
  readonly canary: number | undefined;
  /** Sum of the weights beside the pair. */
  readonly others: number;
}

export function placesOf(route: HTTPRoute, view: View): PairPlaces | undefined {
  const roles = rolesOf(route, view);
  const count = (role: string) => roles.filter((own) => own === role).length;
  if (count('stable') !== 1 || count('canary') > 1) return undefined;
  const others = destinationsOf(route).filter((_, index) => roles[index] !== 'stable' && roles[index] !== 'canary');
  return {
    stable: roles.indexOf('stable'),
    canary: roles.includes('canary') ? roles.indexOf('canary') : undefined,
    others: others.reduce((sum, destination) => sum + weightOf(destination), 0),
  };
}

/**
 * Gives the canary `units` of every `total` requests of the pair. Without weights beside the pair they sum to the total
 * (999/1); beside others every weight is multiplied by the total, so that dividing by it gives the user's numbers back.
 * A route without a record keeps its stable weight as a factor for the same reason. Undefined: beyond Istio's int32.
 */
export function shiftWeights(
  route: HTTPRoute,
  view: View,
  units: number,
  record: OriginalRoute | undefined,
): HTTPRoute | undefined {
  const places = placesOf(route, view);
  const destinations = destinationsOf(route);
  if (places === undefined || !carries(destinations, places.stable) || units === 0) return route;
  const { total, canary } = view.pair;
  const stable = destinations[places.stable]!;
  const own = weightOf(stable) || 1;
  const factor = places.others > 0 || record === undefined ? own : 1;
  const rest = places.others > 0 ? total : 1;
  const set = destinations.flatMap((destination, index) => {
    if (index === places.canary) return [{ ...destination, weight: units * factor }];
    if (index !== places.stable) return [reweighed(destination, (weight) => weight * rest)];
    const kept = { ...destination, weight: (total - units) * factor };
    // Stable's port and header operations go with it: the canary takes the very same requests.
    const added = withSubset({ ...destination, weight: units * factor }, canary);
    return places.canary === undefined ? [kept, added] : [kept];
  });
  const sum = set.reduce((all, destination) => all + weightOf(destination), 0);
  return sum > INT32_MAX ? undefined : { ...route, route: set };
}

const reweighed = (destination: HTTPRouteDestination, change: (weight: number) => number): HTTPRouteDestination =>
  destination.weight === undefined ? destination : { ...destination, weight: change(destination.weight) };

/** The route with everything the pair carries back on stable, in the user's form. Untouched when the canary carries nothing. */
export function restoreWeights(route: HTTPRoute, view: View, record: OriginalRoute | undefined): HTTPRoute {
  const destinations = destinationsOf(route);
  const roles = rolesOf(route, view);
  const live = roles.some((role, index) => role === 'canary' && carries(destinations, index));
  if (!live) return route;
  const places = placesOf(route, view);
  if (places?.canary === undefined) return { ...route, route: namedStable(destinations, view) };
  if (isExchanged(destinations, places, record)) return { ...route, route: exchanged(destinations, view) };
  return { ...route, route: unshifted(destinations, places as Places, view, record) };
}

type Places = PairPlaces & { readonly canary: number };

/** No regular pair (somebody named the canary alone): the traffic is stable's, with the weights as they stand. */
function namedStable(destinations: readonly HTTPRouteDestination[], view: View): readonly HTTPRouteDestination[] {
  const roles = rolesOf({ route: destinations }, view);
  return destinations.map((destination, index) =>
    roles[index] === 'canary' && carries(destinations, index) ? withSubset(destination, view.pair.stable) : destination,
  );
}

/** After a promotion of a route that named both, the canary stands where stable stood, and carries nothing beside it. */
function isExchanged(
  destinations: readonly HTTPRouteDestination[],
  { stable, canary }: PairPlaces,
  record: OriginalRoute | undefined,
): boolean {
  if (record?.canary === undefined || canary === undefined || weightOf(destinations[stable]!) > 0) return false;
  return record.canary.beforeStable !== canary < stable;
}

/** The two names of the pair, each in the other's place. */
export const exchanged = (
  destinations: readonly HTTPRouteDestination[],
  view: View,
): readonly HTTPRouteDestination[] => {
  const roles = rolesOf({ route: destinations }, view);
  return destinations.map((destination, index) => {
    if (roles[index] === 'stable') return withSubset(destination, view.pair.canary);
    return roles[index] === 'canary' ? withSubset(destination, view.pair.stable) : destination;
  });
};

function unshifted(
  destinations: readonly HTTPRouteDestination[],
  places: Places,
  view: View,
  record: OriginalRoute | undefined,
): readonly HTTPRouteDestination[] {
  const { total } = view.pair;
  const pair = weightOf(destinations[places.stable]!) + weightOf(destinations[places.canary]!);
  // Weights that are no multiples of the total are not Serin's (somebody wrote them): their proportion is the user's.
  const ours = destinations.every(
    (destination, index) => index === places.stable || index === places.canary || weightOf(destination) % total === 0,
  );
  const divisor = ours && pair % total === 0 ? total : 1;
  const kept = record === undefined ? !isCopy(destinations, places, view) : record.canary !== undefined;
  const alone = destinations.length === (kept ? 1 : 2);
  const stable = places.others > 0 ? pair / divisor : formWeight(pair, divisor, alone, record);
  return destinations.flatMap((destination, index) => {
    if (index === places.stable) return [weighing(destination, stable)];
    // Divided, not multiplied by the inverse, which is no binary fraction: 300000 × (1 / 100000) is no integer.
    if (index !== places.canary) return [reweighed(destination, (weight) => weight / divisor)];
    return kept ? [weighing(destination, record === undefined ? 0 : record.canary?.weight)] : [];
  });
}

/** What Serin adds is stable's destination with the other name; header operations or a port of its own are a user's. */
const isCopy = (destinations: readonly HTTPRouteDestination[], { stable, canary }: Places, { pair }: View): boolean =>
  sameJson(weighing(destinations[canary]!, 0), weighing(withSubset(destinations[stable]!, pair.canary), 0));

/** Nothing beside the pair carries weight, so the number says nothing: it is the user's, or none where none is needed. */
function formWeight(
  pair: number,
  divisor: number,
  alone: boolean,
  record: OriginalRoute | undefined,
): number | undefined {
  if (record === undefined) {
    const weight = pair / divisor;
    return alone && weight === 1 ? undefined : weight;
  }
  const written = record.stable?.weight;
  return alone || (written ?? 0) > 0 ? written : pair;
}

function weighing(destination: HTTPRouteDestination, weight: number | undefined): HTTPRouteDestination {
  const { weight: _old, ...rest } = destination;
  return weight === undefined ? rest : { ...rest, weight };
}
