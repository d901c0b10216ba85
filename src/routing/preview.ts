// The clone of a user's route for preview callers: the same route, with the canary where stable stood.
// Never carries a mirror: a previewed request would be answered by the canary and copied to it. Called by render.
import type { HTTPRoute } from '../api/istio.ts';
import { ownMirror, withoutMirrors } from './form.ts';
import { destinationsOf, rolesOf, type View, withSubset } from './pair.ts';

export const PREVIEW_PREFIX = 'serin-preview-';

/** `match` is the route's own conditions ANDed with the preview's (clones.ts). */
export function previewClone(route: HTTPRoute, key: string, match: HTTPRoute['match'] & {}, view: View): HTTPRoute {
  const roles = rolesOf(route, view);
  const destinations = destinationsOf(route).flatMap((destination, index) => {
    if (roles[index] === 'stable') return [withSubset(destination, view.pair.canary)];
    return roles[index] === 'canary' ? [] : [destination];
  });
  const plain = ownMirror(route) === undefined ? route : withoutMirrors(route);
  return { ...plain, name: `${PREVIEW_PREFIX}${key}`, match, route: destinations };
}
