// The form a user gave a route, as a record to keep: how to find the route again, its weights, its mirror's spelling.
// Never holds what the route does (that is read from it at every turn). Called by accept and, to compare, by align.
import type { HTTPRoute } from '../api/istio.ts';
import { type ObjectRef, refOf } from '../api/object.ts';
import { fingerprint } from '../lib/fingerprint.ts';
import { destinationsOf, isOpen, namesPair, rolesOf, type View } from './pair.ts';
import type { OriginalRoute, OwnMirror, RoutePrint } from './target.ts';

const MIRROR_FIELDS = ['mirror', 'mirrors', 'mirrorPercentage', 'mirrorPercent', 'mirror_percent'] as const;

/** The route without any of the fields that say where copies go. */
export function withoutMirrors(route: HTTPRoute): HTTPRoute {
  const { mirror, mirrors, mirrorPercentage, mirrorPercent, mirror_percent, ...rest } = route;
  return rest;
}

export function ownMirror(route: HTTPRoute): OwnMirror | undefined {
  const fields = MIRROR_FIELDS.filter((field) => route[field] !== undefined);
  return fields.length === 0 ? undefined : Object.fromEntries(fields.map((field) => [field, route[field]]));
}

/** Three fingerprints that hold while Serin's own changes come and go. */
export function printOf(route: HTTPRoute, view: View): RoutePrint {
  const { name, match, route: _weighted, ...rest } = withoutMirrors(route);
  const roles = rolesOf(route, view);
  const others = destinationsOf(route).filter((_, index) => roles[index] !== 'stable' && roles[index] !== 'canary');
  return {
    ...(name !== undefined && { name }),
    match: fingerprint(match ?? []),
    rest: fingerprint([rest, others.map(({ destination }) => destination)]),
  };
}

export function formOf(route: HTTPRoute, view: View): Pick<OriginalRoute, 'stable' | 'canary' | 'mirror'> {
  const roles = rolesOf(route, view);
  const weight = (index: number) => {
    const written = destinationsOf(route)[index]?.weight;
    return written === undefined ? {} : { weight: written };
  };
  const [stable, canary] = [roles.indexOf('stable'), roles.indexOf('canary')];
  const mirror = ownMirror(route);
  return {
    ...(stable >= 0 && { stable: weight(stable) }),
    ...(canary >= 0 && { canary: { ...weight(canary), beforeStable: canary < stable } }),
    ...(mirror !== undefined && { mirror }),
  };
}

/** Not a part of the form that records are found by: the pin comes and goes. */
function openlyStable(route: HTTPRoute, view: View): true | undefined {
  const stable = destinationsOf(route)[rolesOf(route, view).indexOf('stable')];
  return stable !== undefined && isOpen(stable.destination) ? true : undefined;
}

/** The records of one VirtualService's routes that name the pair. */
export function formsOf(
  virtualService: Parameters<typeof refOf>[0] & { readonly spec: { readonly http?: readonly HTTPRoute[] } },
  view: View,
): readonly OriginalRoute[] {
  const ref: ObjectRef = refOf(virtualService);
  const taken = new Set<string>();
  return (virtualService.spec.http ?? [])
    .filter((route) => namesPair(route, view))
    .map((route) => {
      const print = printOf(route, view);
      const open = openlyStable(route, view);
      return { virtualService: ref, key: freeKey(print, taken), print, ...formOf(route, view), ...(open && { open }) };
    });
}

/** The route's name, else six characters of each print; a second one of the same gets `-2`. Takes it. */
export function freeKey(print: RoutePrint, taken: Set<string>): string {
  const base = print.name ?? `${print.match.slice(0, 6)}${print.rest.slice(0, 6)}`;
  let key = base;
  for (let occurrence = 2; taken.has(key); occurrence++) key = `${base}-${occurrence}`;
  taken.add(key);
  return key;
}
