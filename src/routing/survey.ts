// Everything about the user's objects that keeps Serin from steering the pair on them, each with field, found and accepted.
// Never changes them. Called by accept, and by render before it takes a step forward.
import type { HTTPRoute, VirtualService } from '../api/istio.ts';
import { formatRef, refOf } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import { delegateOf, namespaceOf, routesOf } from './delegate.ts';
import { hostMeans } from './host.ts';
import {
  carries,
  destinationsOf,
  isOwnOf,
  mirrorsOf,
  namesPair,
  OWN_PREFIX,
  reaches,
  roleOf,
  rolesOf,
  type View,
} from './pair.ts';
import { subsetNamed } from './pool.ts';
import type { RouteObjects, RoutePair } from './target.ts';

export function survey(objects: RouteObjects, pair: RoutePair): readonly Problem[] {
  const problems = objects.virtualServices.flatMap((service) =>
    serviceProblems(service, objects.virtualServices, pair),
  );
  const leads = objects.virtualServices.some((service) =>
    routesOf(service).some((route) => reaches(route, { pair, namespace: namespaceOf(service) }, 'stable')),
  );
  const host = `${pair.service}.${pair.namespace}.svc.cluster.local`;
  const none: Problem = {
    code: 'SRN1502',
    place: { object: `Service/${pair.namespace}/${pair.service}` },
    message: `no http route of a VirtualService leads to subset ${pair.stable} of ${pair.service}`,
    accepted: `a route with destination { host: ${host}, subset: ${pair.stable} }`,
  };
  // An open destination explains why nothing leads to the subset: one message is enough.
  return [...problems, ...(leads || problems.length > 0 ? [] : [none]), ...ruleProblems(objects, pair)];
}

export const refused = (
  service: VirtualService,
  path: string,
  message: string,
  found: string,
  accepted: string,
): Problem => ({
  code: 'SRN1501',
  place: { object: formatRef(refOf(service)), path },
  message,
  found,
  accepted,
});

function serviceProblems(service: VirtualService, all: readonly VirtualService[], pair: RoutePair): readonly Problem[] {
  const view: View = { pair, namespace: namespaceOf(service) };
  return [
    ...routesOf(service).flatMap((route, index) => {
      const path = `spec.http[${index}]`;
      return [
        ...nameProblems(service, route, path, view),
        ...destinationProblems(service, route, path, view),
        ...mirrorProblems(service, route, path, view),
        ...delegateProblems(service, route, path, all, view),
      ];
    }),
    ...layer4Problems(service, view),
  ];
}

function nameProblems(service: VirtualService, route: HTTPRoute, path: string, view: View): readonly Problem[] {
  if (!isOwnOf(route, view)) return [];
  const message = `route names that begin with ${OWN_PREFIX} are for the routes that Serin adds`;
  return [refused(service, `${path}.name`, message, `${route.name}`, 'any other name')];
}

function destinationProblems(service: VirtualService, route: HTTPRoute, path: string, view: View): readonly Problem[] {
  const { stable, canary } = view.pair;
  const roles = rolesOf(route, view);
  const destinations = destinationsOf(route);
  const problems = roles.flatMap((role, index): Problem[] => {
    const at = `${path}.route[${index}]`;
    if (role === 'open') {
      const message = `a destination without a subset is spread over every version of ${view.pair.service}`;
      const found = `host ${destinations[index]!.destination.host} without a subset`;
      return [refused(service, `${at}.destination`, message, found, `subset: ${stable}`)];
    }
    if (role !== 'canary' || !carries(destinations, index)) return [];
    const found = destinations.length === 1 ? 'the only destination' : `weight ${destinations[index]!.weight}`;
    const accepted = `weight 0, or subset ${stable}; callers who shall reach it early are a preview step`;
    return [refused(service, at, `the canary's subset ${canary} carries traffic already`, found, accepted)];
  });
  const twice = (['stable', 'canary'] as const).filter((role) => roles.filter((own) => own === role).length > 1);
  const doubled = twice.map((role) => {
    const message = `subset ${view.pair[role]} stands more than once in one route, so that its share is not one number`;
    return refused(service, `${path}.route`, message, `${roles.length} destinations`, 'one destination per subset');
  });
  return [...problems, ...doubled];
}

function mirrorProblems(service: VirtualService, route: HTTPRoute, path: string, view: View): readonly Problem[] {
  const { stable, canary } = view.pair;
  const leads = namesPair(route, view);
  const at = `${path}.${route.mirror === undefined ? 'mirrors' : 'mirror'}`;
  return mirrorsOf(route).flatMap(({ destination }) => {
    const role = roleOf(destination, view);
    const found = `mirror to ${destination.host}${destination.subset ? ` subset ${destination.subset}` : ' without a subset'}`;
    if (role === 'canary' || role === 'open') {
      const accepted =
        role === 'open' ? `subset: ${stable}, or no such mirror` : 'no such mirror; a mirror step adds it';
      return [refused(service, at, `copies reach the canary's subset ${canary} already`, found, accepted)];
    }
    if (role !== 'stable' || !leads) return [];
    return [
      refused(service, at, 'the route mirrors to the very subset it leads to', found, 'a mirror to another subset'),
    ];
  });
}

/** A root without its delegate matters when the root is about our service: what would lead there cannot be seen. */
function delegateProblems(
  service: VirtualService,
  route: HTTPRoute,
  path: string,
  all: readonly VirtualService[],
  view: View,
): readonly Problem[] {
  const { service: name, namespace } = view.pair;
  const about = (service.spec.hosts ?? []).some((host) => hostMeans(host, view.namespace, name, namespace));
  if (route.delegate === undefined || !about || delegateOf(route, service, all) !== undefined) return [];
  const wanted = `${route.delegate.namespace ?? view.namespace}/${route.delegate.name ?? ''}`;
  const message = 'the delegate does not exist, or has hosts of its own, so that Istio drops this route';
  return [refused(service, `${path}.delegate`, message, wanted, 'a VirtualService of that name without hosts')];
}

/** Connections, not requests: a share of them could be neither mirrored nor compared, and promotion would cut them off. */
function layer4Problems(service: VirtualService, view: View): readonly Problem[] {
  const layers = [
    ['tcp', service.spec.tcp],
    ['tls', service.spec.tls],
  ] as const;
  return layers.flatMap(([field, routes]) =>
    (routes ?? []).flatMap((route, index) => {
      const leads = layer4Hosts(route).some((host) =>
        hostMeans(host, view.namespace, view.pair.service, view.pair.namespace),
      );
      const message = `a ${field} route leads to ${view.pair.service}; Serin steers requests, not connections`;
      return leads ? [refused(service, `spec.${field}[${index}]`, message, `${field} route`, 'http routes only')] : [];
    }),
  );
}

function layer4Hosts(route: Readonly<Record<string, unknown>>): readonly string[] {
  const list = Array.isArray(route['route']) ? route['route'] : [];
  return list.flatMap((item: { destination?: { host?: unknown } }) =>
    typeof item?.destination?.host === 'string' ? [item.destination.host] : [],
  );
}

function ruleProblems({ destinationRule: rule }: RouteObjects, pair: RoutePair): readonly Problem[] {
  const object = formatRef(refOf(rule));
  const namespace = rule.metadata.namespace ?? 'default';
  const problem = (code: Problem['code'], path: string, message: string, found: string, accepted: string): Problem => ({
    code,
    place: { object, path },
    message,
    found,
    accepted,
  });
  if (!hostMeans(rule.spec.host, namespace, pair.service, pair.namespace)) {
    const message = `this DestinationRule is not about ${pair.service}`;
    return [
      problem('SRN1202', 'spec.host', message, rule.spec.host, `${pair.service}.${pair.namespace}.svc.cluster.local`),
    ];
  }
  const names = (rule.spec.subsets ?? []).map(({ name }) => name);
  const missing = [pair.stable, pair.canary]
    .filter((name) => subsetNamed(rule, name) === undefined)
    .map((name) => {
      const found = names.length === 0 ? 'no subsets' : `subsets ${names.join(', ')}`;
      return problem('SRN1202', 'spec.subsets', `there is no subset ${name}`, found, `a subset named ${name}`);
    });
  const index = names.indexOf(pair.canary);
  const ports = rule.spec.subsets?.[index]?.trafficPolicy?.portLevelSettings ?? [];
  if (ports.length === 0) return missing;
  const message = "the canary's subset has port-level settings, which override the pool that bounds its copies";
  const path = `spec.subsets[${index}].trafficPolicy.portLevelSettings`;
  const accepted = 'the same settings for the whole subset, or on the rule';
  return [...missing, problem('SRN1501', path, message, `${ports.length} ports`, accepted)];
}
