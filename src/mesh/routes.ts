// The routes of one service port, from the VirtualService that rules it.
// Never refuses (check files do). Called by compile.ts. Source: pilot/pkg/networking/core/route/route.go (translateRoute).
import type { Destination, HTTPMatchRequest, HTTPRoute, VirtualService } from '../api/istio.ts';
import type { Service } from '../api/kubernetes.ts';
import { hostMeans } from '../routing/host.ts';
import { boundToMesh, effectiveRoutes } from '../routing/match.ts';
import { mirrorsOf } from '../routing/pair.ts';
import type { ForwardAction, MirrorConfig, RewriteConfig, RouteAction, RouteConfig } from './config.ts';
import { authorityOf, headerSteps, wireText } from './headers.ts';
import { oldestFirst } from './order.ts';
import { milliseconds } from './policy.ts';
import { retryOf } from './retries.ts';
import { clusterName, destinationPort, hostOf, namespaceOf, serviceOf } from './services.ts';

export interface RouteContext {
  readonly services: readonly Service[];
  readonly virtualServices: readonly VirtualService[];
}

/** The VirtualService for calls to this Service from inside the mesh: the oldest of those that name it. */
export const ruling = (service: Service, all: readonly VirtualService[]): VirtualService | undefined =>
  oldestFirst(all).find(
    (virtualService) =>
      boundToMesh(virtualService) &&
      (virtualService.spec.hosts ?? []).some((host) =>
        hostMeans(host, namespaceOf(virtualService), service.metadata.name, namespaceOf(service)),
      ),
  );

export function routesFor(service: Service, port: number, context: RouteContext): readonly RouteConfig[] {
  const virtualService = ruling(service, context.virtualServices);
  if (virtualService === undefined) return [defaultRoute(service, port)];
  return effectiveRoutes(virtualService, context.virtualServices).flatMap(({ route, virtualService: stands }) => {
    const view = { namespace: stands.namespace, port, services: context.services };
    return blocksOf(route).map((match): RouteConfig => {
      const action = actionOf(route, view);
      return {
        name: [route.name, match?.name].filter((part) => part !== undefined && part !== '').join('.'),
        ...(match === undefined ? {} : { match }),
        action,
        ...(action.kind === 'forward' ? {} : { headers: headerSteps(route.headers, undefined, false) }),
      };
    });
  });
}

const blocksOf = ({ match = [] }: HTTPRoute): readonly (HTTPMatchRequest | undefined)[] =>
  match.length === 0 ? [undefined] : match;

const defaultRoute = (service: Service, port: number): RouteConfig => ({
  name: 'default',
  action: {
    kind: 'forward',
    destinations: [
      { cluster: clusterName(port, '', hostOf(service)), weight: 1, headers: { request: [], response: [] } },
    ],
    mirrors: [],
    timeoutMs: 0,
    retry: retryOf(undefined)!,
  },
});

/** What a destination's text means depends on where it stands and which port was called. */
interface View {
  readonly namespace: string;
  readonly port: number;
  readonly services: readonly Service[];
}

function clusterOf(destination: Destination, { namespace, port, services }: View): string {
  const service = serviceOf(destination.host, namespace, services);
  const host = service === undefined ? destination.host : hostOf(service);
  return clusterName(destinationPort(destination, service, port), destination.subset ?? '', host);
}

function actionOf(route: HTTPRoute, view: View): RouteAction {
  const { redirect, directResponse } = route;
  if (redirect !== undefined) {
    const { redirectCode, uri, authority, scheme, port, derivePort } = redirect;
    const derived = derivePort === 'FROM_REQUEST_PORT' ? 'fromRequest' : derivePort && 'fromProtocol';
    return {
      kind: 'redirect',
      code: redirectCode ?? 301,
      ...(uri === undefined ? {} : { uri: wireText(uri) }),
      ...(authority === undefined ? {} : { authority: wireText(authority) }),
      ...(scheme === undefined ? {} : { scheme }),
      ...((port ?? derived) === undefined ? {} : { port: port ?? derived! }),
    };
  }
  if (directResponse !== undefined) {
    const { string, bytes } = directResponse.body ?? {};
    const body = bytes ?? (string === undefined ? undefined : Buffer.from(string).toString('base64'));
    return { kind: 'direct', code: directResponse.status, ...(body === undefined ? {} : { body }) };
  }
  return forwardOf(route, view);
}

function forwardOf(route: HTTPRoute, view: View): ForwardAction {
  const listed = route.route ?? [];
  const carrying = listed.length === 1 ? listed : listed.filter(({ weight = 0 }) => weight > 0);
  const retry = retryOf(route.retries);
  const rewrite = rewriteOf(route);
  return {
    kind: 'forward',
    destinations: carrying.map(({ destination, weight = 0, headers }) => ({
      cluster: clusterOf(destination, view),
      weight: carrying.length === 1 ? 1 : weight,
      headers: headerSteps(route.headers, headers, carrying.length > 1),
    })),
    mirrors: mirrorsOf(route).flatMap(({ destination, percentage }): readonly MirrorConfig[] => {
      // route.go: numerator = uint32(value × 10000) of a million; an absent percentage is everything, one without a value none.
      const ppm = Math.trunc((percentage === undefined ? 100 : (percentage.value ?? 0)) * 10_000);
      return ppm === 0 ? [] : [{ cluster: clusterOf(destination, view), ppm }];
    }),
    timeoutMs: milliseconds(route.timeout) ?? 0,
    ...(retry === undefined ? {} : { retry }),
    ...(rewrite === undefined ? {} : { rewrite }),
  };
}

function rewriteOf(route: HTTPRoute): RewriteConfig | undefined {
  const { uri, uriRegexRewrite, authority: rewritten } = route.rewrite ?? {};
  const single = route.route?.length === 1 ? authorityOf(route.route[0]?.headers) : undefined;
  const authority = single ?? authorityOf(route.headers) ?? rewritten;
  const { match, rewrite = '' } = uriRegexRewrite ?? {};
  if (uri === undefined && match === undefined && authority === undefined) return undefined;
  return {
    ...(uri === undefined ? {} : { uri: wireText(uri) }),
    ...(authority === undefined ? {} : { authority: wireText(authority) }),
    ...(match === undefined ? {} : { regex: { match, rewrite: wireText(rewrite) } }),
  };
}
