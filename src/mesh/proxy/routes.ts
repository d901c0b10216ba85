// The routes of one service port, ready to be asked: matcher, clusters and changes bound together.
// Never changes after it is built: a request keeps the routes it began with. Built by proxy.ts, asked by exchange.ts.
import type { VirtualService } from '../../api/istio.ts';
import { SerinError } from '../../lib/problem.ts';
import { compileRoutes, matchRequest, type RequestFacts } from '../../routing/match.ts';
import type { ForwardAction, HeaderSteps, RouteAction, RouteConfig, ServiceConfig } from '../config.ts';
import type { Cluster } from './cluster.ts';
import { compileRewrite, type Rewrite } from './mutate.ts';

export interface Destination {
  /** Undefined: the configuration names a cluster that does not exist (Envoy's NC). */
  readonly cluster: Cluster | undefined;
  readonly name: string;
  readonly headers: HeaderSteps;
}

export interface Mirror {
  readonly cluster: Cluster;
  readonly ppm: number;
}

export interface Forward extends Pick<ForwardAction, 'timeoutMs' | 'retry'> {
  readonly kind: 'forward';
  readonly weights: readonly number[];
  readonly destinations: readonly Destination[];
  readonly mirrors: readonly Mirror[];
  readonly rewrite: Rewrite | undefined;
}

export interface Route {
  readonly name: string;
  readonly action: Forward | Exclude<RouteAction, { kind: 'forward' }>;
  readonly headers: HeaderSteps | undefined;
}

export type Routes = (facts: RequestFacts) => Route | undefined;

export function bindRoutes(service: ServiceConfig, clusters: ReadonlyMap<string, Cluster>): Routes {
  const routes = service.routes.map((route) => bindRoute(route, clusters));
  const compiled = compileRoutes(asVirtualService(service.routes));
  // The supervisor has checked the same before it sent it.
  if (!compiled.ok) throw new SerinError(compiled.problems);
  return (facts) => {
    const matched = matchRequest(compiled.value, facts);
    return matched === undefined ? undefined : routes[matched.index];
  };
}

/** The matcher reads VirtualServices; only order and conditions matter to it here. */
const asVirtualService = (routes: readonly RouteConfig[]): VirtualService => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'mesh' },
  spec: { http: routes.map(({ match }) => (match === undefined ? {} : { match: [match] })) },
});

function bindRoute(config: RouteConfig, clusters: ReadonlyMap<string, Cluster>): Route {
  const { name, action, headers } = config;
  if (action.kind !== 'forward') return { name, action, headers };
  const { timeoutMs, retry, destinations, mirrors, rewrite } = action;
  return {
    name,
    headers,
    action: {
      kind: 'forward',
      timeoutMs,
      ...(retry === undefined ? {} : { retry }),
      weights: destinations.map(({ weight }) => weight),
      destinations: destinations.map((to) => ({
        cluster: clusters.get(to.cluster),
        name: to.cluster,
        headers: to.headers,
      })),
      mirrors: mirrors.flatMap(({ cluster: target, ppm }) => {
        const cluster = clusters.get(target);
        return cluster === undefined ? [] : [{ cluster, ppm }];
      }),
      rewrite: rewrite === undefined ? undefined : compileRewrite(rewrite, config.match),
    },
  };
}
