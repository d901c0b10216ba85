// THE matcher: a VirtualService's http routes compiled once, then asked for each request; first match wins.
// Never routes or balances. Called by the mesh proxy for every request, and by lint.
// Source: pilot/pkg/networking/core/route/route.go (BuildHTTPRoutes, TranslateRouteMatch), Envoy's route matching.
import type { HTTPRoute, VirtualService } from '../api/istio.ts';
import { formatRef, type ObjectRef, refOf } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { compileBlock, type Predicate, type RequestFacts } from './conditions.ts';
import { delegateOf, mergeRoute, routesOf } from './delegate.ts';

export type { RequestFacts } from './conditions.ts';

/** A route as it takes effect: a delegate's merged with its root's. */
export interface EffectiveRoute {
  readonly route: HTTPRoute;
  /** Where it stands: the delegate, if one does the routing. */
  readonly virtualService: ObjectRef;
  readonly index: number;
}

export interface CompiledRoutes {
  readonly routes: readonly CompiledRoute[];
}

interface CompiledRoute extends EffectiveRoute {
  /** One per match block; an empty list takes every request. */
  readonly blocks: readonly { readonly name: string | undefined; readonly holds: Predicate }[];
}

export interface MatchedRoute extends EffectiveRoute {
  /** Envoy's route name: the route's, and the match block's behind a dot. */
  readonly name: string | undefined;
}

/** A VirtualService that names no gateways is bound to the mesh, and only to it. */
export const boundToMesh = ({ spec: { gateways = [] } }: VirtualService): boolean =>
  gateways.length === 0 || gateways.includes('mesh');

/** Routes in order, delegates put in and merged; those that Istio drops are left out. */
export function effectiveRoutes(
  virtualService: VirtualService,
  all: readonly VirtualService[] = [],
): readonly EffectiveRoute[] {
  return routesOf(virtualService).flatMap((route, index): readonly EffectiveRoute[] => {
    if (route.delegate === undefined) return [{ route, virtualService: refOf(virtualService), index }];
    const delegate = delegateOf(route, virtualService, all);
    if (delegate === undefined) return [];
    return routesOf(delegate).flatMap((own, place) => {
      const merged = mergeRoute(route, own);
      return merged === undefined ? [] : [{ route: merged, virtualService: refOf(delegate), index: place }];
    });
  });
}

/** For callers inside the mesh: blocks for other gateways are left out. SRN1004 for a regex that is no RE2. */
export function compileRoutes(
  virtualService: VirtualService,
  all: readonly VirtualService[] = [],
): Result<CompiledRoutes> {
  const problems: Problem[] = [];
  const routes = effectiveRoutes(virtualService, all).flatMap((effective): readonly CompiledRoute[] => {
    const matches = (effective.route.match ?? []).map((match, place) => ({ match, place }));
    const inMesh = matches.filter(({ match: { gateways = [] } }) => gateways.length === 0 || gateways.includes('mesh'));
    if (matches.length > 0 && inMesh.length === 0) return [];
    const blocks = inMesh.map(({ match, place }) => {
      const path = `spec.http[${effective.index}].match[${place}]`;
      const compiled = compileBlock(match);
      problems.push(...compiled.problems.map((problem) => placed(problem, effective.virtualService, path)));
      return { name: match.name, holds: compiled.holds };
    });
    return [{ ...effective, blocks }];
  });
  return problems.length > 0 ? failed(...problems) : ok({ routes });
}

const placed = (problem: Problem, object: ObjectRef, path: string): Problem => ({
  ...problem,
  place: { object: formatRef(object), path: `${path}.${problem.place.path ?? ''}` },
});

const QUERY_OR_FRAGMENT = /[?#]/;

/** Undefined: no route takes it (Envoy's 404 with flag NR). */
export function matchRequest(compiled: CompiledRoutes, asked: RequestFacts): MatchedRoute | undefined {
  const end = asked.path.search(QUERY_OR_FRAGMENT);
  const request = end < 0 ? asked : { ...asked, path: asked.path.slice(0, end) };
  for (const entry of compiled.routes) {
    const { route, virtualService, index, blocks } = entry;
    if (blocks.length === 0) return { route, virtualService, index, name: route.name };
    for (const block of blocks) {
      if (!block.holds(request)) continue;
      const name = block.name === undefined ? route.name : `${route.name ?? ''}.${block.name}`;
      return { route, virtualService, index, name };
    }
  }
  return undefined;
}
