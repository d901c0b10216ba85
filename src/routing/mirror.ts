// The mirror to the canary on one route: put beside the user's own mirrors, and taken away with their spelling restored.
// Never lets `mirror` and `mirrors` stand together: Istio refuses that (validation/virtualservice.go). Called by render, strip, clones.
import type { Destination, HTTPMirrorPolicy, HTTPRoute } from '../api/istio.ts';
import { sameJson } from '../lib/fingerprint.ts';
import { percent, type Share } from '../lib/share.ts';
import { ownMirror, withoutMirrors } from './form.ts';
import { destinationsOf, mirrorsOf, roleOf, rolesOf, type View } from './pair.ts';
import type { OriginalRoute } from './target.ts';

/** Undefined when a root's mirror and this route's would take effect together in a way that no spelling keeps apart. */
export function addMirror(
  route: HTTPRoute,
  share: Share,
  view: View,
  roots: readonly HTTPRoute[] = [],
): HTTPRoute | undefined {
  const stable = destinationsOf(route)[rolesOf(route, view).indexOf('stable')];
  if (stable === undefined) return route;
  const destination: Destination = { ...stable.destination, subset: view.pair.canary };
  const percentage = { value: percent(share) };
  const listed = (kept: HTTPRoute, own: readonly HTTPMirrorPolicy[]): HTTPRoute => ({
    ...kept,
    mirrors: [...own, { destination, percentage }],
  });
  if (route.mirror !== undefined) {
    // A delegate without `mirror` inherits the root's, so that taking it away would bring another one in.
    if (roots.some((root) => ownMirror(root) !== undefined)) return undefined;
    return listed(withoutMirrors(route), mirrorsOf(route));
  }
  if ((route.mirrors ?? []).length > 0) return listed(route, route.mirrors ?? []);
  // Nothing of its own: take the spelling that leaves the inherited one, or a stray percentage, alone.
  const inheritsList = roots.some((root) => (root.mirrors ?? []).length > 0);
  const occupied = ownMirror(route) !== undefined || roots.some((root) => root.mirror !== undefined);
  if (occupied) return inheritsList ? undefined : listed(route, []);
  return { ...route, mirror: destination, mirrorPercentage: percentage };
}

const mirrorsCanary = (route: HTTPRoute, view: View): boolean =>
  mirrorsOf(route).some(({ destination }) => roleOf(destination, view) === 'canary');

export function removeMirror(route: HTTPRoute, view: View, record: OriginalRoute | undefined): HTTPRoute {
  if (!mirrorsCanary(route, view)) return route;
  if (route.mirror !== undefined && roleOf(route.mirror, view) === 'canary') {
    const { mirror, mirrorPercentage, ...rest } = route;
    return rest;
  }
  const others = (route.mirrors ?? []).filter(({ destination }) => roleOf(destination, view) !== 'canary');
  const { mirrors, ...rest } = route;
  const [first, ...more] = others;
  const single = record?.mirror?.mirror !== undefined && first !== undefined && more.length === 0;
  if (single) return { ...rest, ...asSingle(first, record) };
  return first === undefined && record?.mirror?.mirrors === undefined ? rest : { ...rest, mirrors: others };
}

/** The user's spelling word for word, unless the mirror was edited meanwhile. */
function asSingle(policy: HTTPMirrorPolicy, record: OriginalRoute): Partial<HTTPRoute> {
  const recorded = record.mirror ?? {};
  if (sameJson([policy], mirrorsOf(recorded))) return recorded;
  const { destination, percentage } = policy;
  return { mirror: destination, ...(percentage !== undefined && { mirrorPercentage: percentage }) };
}
