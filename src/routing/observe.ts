// What the routes ask for as they stand, and where they differ from what a target asks for (somebody else wrote them).
// Never judges who is right. Called by the controller each turn, to see drift and contested routes.
import type { HTTPMatchRequest, HTTPRoute } from '../api/istio.ts';
import { formatRef, refOf } from '../api/object.ts';
import { canonical, sameJson } from '../lib/fingerprint.ts';
import { NONE, type Share, share } from '../lib/share.ts';
import { namespaceOf, routesOf } from './delegate.ts';
import { destinationsOf, isOwn, mirrorsOf, roleOf, type View, weightOf } from './pair.ts';
import { boundedPool, removePool, subsetNamed } from './pool.ts';
import { PREVIEW_PREFIX } from './preview.ts';
import { MIRROR_PREFIX, render } from './render.ts';
import { stripService } from './strip.ts';
import type { MirrorTarget, RouteIdentity, RouteObjects, RouteTarget } from './target.ts';
import { placesOf } from './weights.ts';

/** One place where an object is not as the target asks. */
export interface Deviation {
  /** `VirtualService/prod/checkout` */
  readonly object: string;
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

export type Observation =
  | { readonly kind: 'asks'; readonly target: RouteTarget }
  /** No target renders to these objects; the deviations are from the nearest one. */
  | { readonly kind: 'deviates'; readonly nearest: RouteTarget; readonly deviations: readonly Deviation[] };

const MOST_DEVIATIONS = 20;

export function observe(objects: RouteObjects, identity: RouteIdentity): Observation {
  const base = readTarget(objects, identity);
  const candidates = [base, ...previewsOf(objects, identity).map((preview) => ({ ...base, preview }))].reverse();
  let nearest: Extract<Observation, { kind: 'deviates' }> | undefined;
  for (const target of candidates) {
    const deviations = deviationsFrom(objects, identity, target);
    if (deviations.length === 0) return { kind: 'asks', target };
    if (nearest === undefined || deviations.length < nearest.deviations.length) {
      nearest = { kind: 'deviates', nearest: target, deviations };
    }
  }
  return nearest!;
}

/** At most twenty; none when the objects are exactly as the target asks. */
export function deviationsFrom(
  objects: RouteObjects,
  identity: RouteIdentity,
  target: RouteTarget,
): readonly Deviation[] {
  const rendered = render(objects, identity, target);
  if (!rendered.ok) {
    return rendered.problems.slice(0, MOST_DEVIATIONS).map(({ place, message, found, accepted }) => ({
      object: place.object ?? '',
      path: place.path ?? '',
      found: found ?? message,
      expected: accepted ?? message,
    }));
  }
  const before = [...objects.virtualServices, objects.destinationRule];
  const after = [...rendered.value.virtualServices, rendered.value.destinationRule];
  return before
    .flatMap((object, index) =>
      differences(object.spec, after[index]?.spec, 'spec').map((difference) => ({
        object: formatRef(refOf(object)),
        ...difference,
      })),
    )
    .slice(0, MOST_DEVIATIONS);
}

function differences(found: unknown, expected: unknown, path: string): readonly Omit<Deviation, 'object'>[] {
  if (sameJson(found, expected)) return [];
  if (Array.isArray(found) && Array.isArray(expected) && found.length === expected.length) {
    return found.flatMap((item, index) => differences(item, expected[index], `${path}[${index}]`));
  }
  if (isMap(found) && isMap(expected)) {
    const keys = new Set([...Object.keys(found), ...Object.keys(expected)]);
    return [...keys].flatMap((key) => differences(found[key], expected[key], `${path}.${key}`));
  }
  return [{ path, found: described(found), expected: described(expected) }];
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function described(value: unknown): string {
  const text = value === undefined ? 'nothing' : canonical(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** Taken from the first route that says anything; whether all say the same is seen by rendering it. */
function readTarget(objects: RouteObjects, identity: RouteIdentity): RouteTarget {
  const routes = objects.virtualServices.flatMap((service) => {
    const view: View = { pair: identity, namespace: namespaceOf(service) };
    return routesOf(service).map((route) => ({ route, view }));
  });
  const canary = routes.map(({ route, view }) => liveShare(route, view)).find((found) => found > 0) ?? NONE;
  const mirror = canary > 0 ? undefined : readMirror(routes);
  return { canary, ...(mirror !== undefined && { mirror }), pool: hasPool(objects, identity) };
}

/** The canary's share of the pair on one route; what is finer than a millionth is rounded, and so shows as a deviation. */
function liveShare(route: HTTPRoute, view: View): Share {
  const places = placesOf(route, view);
  if (route.name?.startsWith(PREVIEW_PREFIX) || places?.canary === undefined) return NONE;
  const destinations = destinationsOf(route);
  const canary = weightOf(destinations[places.canary]!);
  const pair = canary + weightOf(destinations[places.stable]!);
  const units = pair === 0 ? 0 : Math.round((canary / pair) * view.pair.total);
  return share(Math.floor((units * 1_000_000) / view.pair.total));
}

function readMirror(routes: readonly { readonly route: HTTPRoute; readonly view: View }[]): MirrorTarget | undefined {
  const copies = routes.flatMap(({ route, view }) =>
    mirrorsOf(route)
      .filter(({ destination }) => roleOf(destination, view) === 'canary')
      .map(({ percentage }) => ({ route, percent: percentage === undefined ? 100 : (percentage.value ?? 0) })),
  );
  const [first] = copies;
  if (first === undefined) return undefined;
  const clones = copies.filter(({ route }) => route.name?.startsWith(MIRROR_PREFIX));
  const named = clones.flatMap(({ route }) => (route.match ?? []).flatMap(({ method }) => method?.exact ?? []));
  const methods = clones.length === copies.length ? [...new Set(named)] : 'all';
  return { share: share(Math.min(1_000_000, Math.max(0, Math.round(first.percent * 10_000)))), methods };
}

function hasPool({ destinationRule: rule }: RouteObjects, { canary, original }: RouteIdentity): boolean {
  const plain = subsetNamed(removePool(rule, canary, original.pool), canary);
  const standing = subsetNamed(rule, canary)?.trafficPolicy?.connectionPool;
  return plain !== undefined && standing !== undefined && sameJson(standing, boundedPool(rule, plain));
}

/**
 * A clone's conditions are the route's own ANDed with the preview's; what a clone has beyond one of its route's blocks is
 * a guess at the preview, and the guess that renders to these objects is right.
 */
function previewsOf(objects: RouteObjects, identity: RouteIdentity): readonly (readonly HTTPMatchRequest[])[] {
  return objects.virtualServices.flatMap((service) => {
    const users = stripService(service, identity).routes.map(({ route }) => route);
    const standing = routesOf(service);
    return standing.flatMap((clone, index) => {
      if (!clone.name?.startsWith(PREVIEW_PREFIX)) return [];
      const before = standing.slice(0, index).filter((route) => !isOwn(route)).length;
      const match = clone.match ?? [];
      return (users[before]?.match ?? [{}]).flatMap((own) => {
        const extending = match.filter((block) => Object.keys(own).every((field) => keeps(block, own, field)));
        return [extending, match].map((blocks) => distinct(blocks.map((block) => beyond(block, own))));
      });
    });
  });
}

const fieldOf = (block: HTTPMatchRequest, field: string): unknown =>
  Object.entries(block).find(([key]) => key === field)?.[1];

/** Whether the block has all that `own` says in that field. */
function keeps(block: HTTPMatchRequest, own: HTTPMatchRequest, field: string): boolean {
  const [wide, narrow] = [fieldOf(own, field), fieldOf(block, field)];
  if (!isMap(wide) || !isMap(narrow)) return sameJson(wide, narrow);
  return Object.entries(wide).every(([key, value]) => sameJson(narrow[key], value));
}

/** The conditions of a block that are not those of `own`. */
function beyond(block: HTTPMatchRequest, own: HTTPMatchRequest): HTTPMatchRequest {
  const rest = Object.entries(block).flatMap(([field, value]): [string, unknown][] => {
    const base: unknown = fieldOf(own, field);
    if (sameJson(base, value)) return [];
    if (!isMap(base) || !isMap(value) || !MAPS.has(field)) return [[field, value]];
    return [[field, Object.fromEntries(Object.entries(value).filter(([key, item]) => !sameJson(base[key], item)))]];
  });
  return Object.fromEntries(rest);
}

const MAPS: ReadonlySet<string> = new Set(['headers', 'withoutHeaders', 'queryParams', 'sourceLabels']);

const distinct = (blocks: readonly HTTPMatchRequest[]): readonly HTTPMatchRequest[] => [
  ...new Map(blocks.map((block) => [canonical(block), block])).values(),
];
