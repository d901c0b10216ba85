// Two VirtualServices for one host where Istio lets one of them speak, or puts the two in order of their age.
// Never guesses: on a gateway, whose VirtualServices are merged, only what may meet the same request. Called by acceptance and lint.
// Source: pilot/pkg/networking/core/httproute.go (first claim of a virtual host), gateway.go (merging; catch-alls go last).
import type { HTTPMatchRequest, HTTPRoute, VirtualService } from '../api/istio.ts';
import { formatRef, refOf } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import { andMatches } from './and.ts';
import { namespaceOf } from './delegate.ts';
import { hostMeans } from './host.ts';
import { effectiveRoutes } from './match.ts';
import type { Named } from './rule-of.ts';
import { audiences, gatewaysOf, seenFrom } from './visibility.ts';

/** SRN1215 for each VirtualService that speaks for the same host as one that leads to the service; both are named. */
export function rivals(all: readonly VirtualService[], named: Named): readonly Problem[] {
  const entries = all.filter(({ spec }) => (spec.hosts ?? []).length > 0);
  const leading = entries.filter((one) =>
    effectiveRoutes(one, all).some(({ route, virtualService }) => leads(route, virtualService.namespace, named)),
  );
  const seen = new Set<string>();
  return leading.flatMap((one) =>
    entries.flatMap((other): readonly Problem[] => {
      const key = [formatRef(refOf(one)), formatRef(refOf(other))].sort().join(' ');
      if (other === one || seen.has(key)) return [];
      const where = contested(one, other, all, named);
      if (where === undefined) return [];
      seen.add(key);
      return [rival(one, other, where)];
    }),
  );
}

interface Contested {
  readonly host: string;
  readonly gateway: string;
}

function contested(
  one: VirtualService,
  other: VirtualService,
  all: readonly VirtualService[],
  named: Named,
): Contested | undefined {
  const host = (one.spec.hosts ?? []).find((own) =>
    (other.spec.hosts ?? []).some((text) => sameHost(own, one, text, other, named)),
  );
  const shared = gatewaysOf(one).filter((gateway) => gatewaysOf(other).includes(gateway));
  if (host === undefined) return undefined;
  const gateway = shared.find((name) =>
    name === 'mesh' ? sameAudience(one, other) : meet(name, one, other, all, named),
  );
  return gateway === undefined ? undefined : { host, gateway };
}

function sameHost(
  a: string,
  one: VirtualService,
  b: string,
  other: VirtualService,
  { service, namespace }: Named,
): boolean {
  const full = (host: string, of: VirtualService) =>
    host.includes('.') || host === '*' ? host : `${host}.${namespaceOf(of)}.svc.cluster.local`;
  const means = (host: string, of: VirtualService) => hostMeans(host, namespaceOf(of), service, namespace);
  return full(a, one) === full(b, other) || (means(a, one) && means(b, other));
}

/** In the mesh the nearer audience speaks first; within one, age decides, and the other is dropped. */
const sameAudience = (one: VirtualService, other: VirtualService): boolean =>
  audiences(one).some((to) => audiences(other).includes(to));

/** One after the other by age, but for catch-alls: it matters only to a request that a route of each would take. */
function meet(
  gateway: string,
  one: VirtualService,
  other: VirtualService,
  all: readonly VirtualService[],
  named: Named,
): boolean {
  const [namespace = ''] = gateway.split('/');
  if (!seenFrom(one, namespace) || !seenFrom(other, namespace)) return false;
  const own = effectiveRoutes(one, all).filter(({ route, virtualService }) =>
    leads(route, virtualService.namespace, named),
  );
  const foreign = effectiveRoutes(other, all);
  return own.some(({ route }) => foreign.some((rivalling) => overlap(route, rivalling.route)));
}

function overlap(a: HTTPRoute, b: HTTPRoute): boolean {
  const [mine, theirs] = [blocksOf(a), blocksOf(b)];
  return mine.some((block) =>
    theirs.some((another) => {
      if (isCatchAll(block) !== isCatchAll(another)) return false;
      return andMatches(block, another).kind !== 'never';
    }),
  );
}

const blocksOf = ({ match = [] }: HTTPRoute): readonly HTTPMatchRequest[] => (match.length === 0 ? [{}] : match);

function isCatchAll({ name: _, uri, ...rest }: HTTPMatchRequest): boolean {
  return (
    Object.keys(rest).length === 0 &&
    (uri === undefined || uri.prefix === '/' || uri.regex === '*' || uri.regex === '.*')
  );
}

const leads = ({ route = [] }: HTTPRoute, from: string, { service, namespace }: Named): boolean =>
  route.some(({ destination }) => hostMeans(destination.host, from, service, namespace));

function rival(one: VirtualService, other: VirtualService, { host, gateway }: Contested): Problem {
  const names = [one, other].map((service) => formatRef(refOf(service)));
  const where = gateway === 'mesh' ? 'in the mesh' : `on gateway ${gateway}`;
  const what =
    gateway === 'mesh'
      ? 'lets the older one speak and drops the other'
      : 'takes their routes in the order of their age';
  return {
    code: 'SRN1215',
    place: { object: names[0] as string, path: 'spec.hosts' },
    message: `two VirtualServices are for host ${host} ${where}, and Istio ${what}: ${names.join(' and ')}`,
    found: names.join(', '),
    accepted: 'one VirtualService for each host and gateway, or matches that no request satisfies both of',
  };
}
