// Who sees a VirtualService or a DestinationRule (exportTo), and which rule a caller beside the service would follow instead.
// Never changes anything. Called by acceptance (what fails requests for sure) and by lint (what may).
// Source: pilot/pkg/model/push_context.go (initVirtualServices, destinationRule).
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import { namespaceOf, routesOf } from './delegate.ts';
import { hostMeans } from './host.ts';
import { boundToMesh } from './match.ts';
import { isAbout, type Named, ROOT_NAMESPACE } from './rule-of.ts';

interface Exported extends KubeObject {
  readonly spec: { readonly exportTo?: readonly string[] };
}

/** `.` is the object's own namespace; none named is everywhere. */
const exportsOf = ({ spec: { exportTo = [] } }: Exported): readonly string[] =>
  exportTo.length === 0 ? ['*'] : exportTo;

export const isEverywhere = (object: Exported): boolean => exportsOf(object).includes('*');

export const seenFrom = (object: Exported, namespace: string): boolean =>
  exportsOf(object).some(
    (to) => to === '*' || to === namespace || (to === '.' && refOf(object).namespace === namespace),
  );

/** For whom Istio lets the object speak, nearest first: callers of its own namespace alone, of one named, all of them. */
export const audiences = (object: Exported): readonly string[] =>
  exportsOf(object).map((to) => (to === '*' ? 'all' : to === '.' ? `in ${refOf(object).namespace}` : `to ${to}`));

/** `ns/name` of each Gateway; the mesh itself is `mesh`. A name alone is of the VirtualService's namespace. */
export const gatewaysOf = (service: VirtualService): readonly string[] => {
  const { gateways = [] } = service.spec;
  if (gateways.length === 0) return ['mesh'];
  return gateways.map((name) => (name === 'mesh' || name.includes('/') ? name : `${namespaceOf(service)}/${name}`));
};

const leadsTo = (one: VirtualService, { service, namespace }: Named): boolean =>
  routesOf(one).some(({ route = [] }) =>
    route.some(({ destination }) => hostMeans(destination.host, namespaceOf(one), service, namespace)),
  );

const list = (object: Exported): string => exportsOf(object).join(', ');

/** Rules beside callers: Istio takes the nearest one whole, so that a subset which it lacks is answered with 503 there. */
export function hiding(
  rules: readonly DestinationRule[],
  named: Named,
  pair: { readonly stable: string; readonly canary: string },
): readonly Problem[] {
  const near = rules.filter((rule) => {
    const { namespace } = refOf(rule);
    return (
      isAbout(rule, named) && namespace !== named.namespace && namespace !== ROOT_NAMESPACE && seenFrom(rule, namespace)
    );
  });
  return near.flatMap((rule): readonly Problem[] => {
    const names = (rule.spec.subsets ?? []).map(({ name }) => name);
    const missing = [pair.stable, pair.canary].filter((name) => !names.includes(name));
    if (missing.length === 0) return [];
    const { namespace } = refOf(rule);
    return [
      {
        code: 'SRN1216',
        place: { object: formatRef(refOf(rule)), path: 'spec.subsets' },
        message: `callers in ${namespace} follow this rule for ${named.service} instead of the one beside it, and find no subset ${missing.join(', ')}: 503 for what is sent there`,
        found: names.length === 0 ? 'no subsets' : names.join(', '),
        accepted: 'the same subsets as beside the service, or no rule here',
      },
    ];
  });
}

/** Proxies that would get the routes and not the rule, or would not get the routes. */
export function unseen(
  virtualServices: readonly VirtualService[],
  rule: DestinationRule,
  named: Named,
): readonly Problem[] {
  return virtualServices
    .filter((one) => leadsTo(one, named) && (one.spec.hosts ?? []).length > 0)
    .flatMap((one) => [...unseenByGateways(one, rule), ...unseenByCallers(one, rule)]);
}

function unseenByGateways(one: VirtualService, rule: DestinationRule): readonly Problem[] {
  return gatewaysOf(one)
    .filter((gateway) => gateway !== 'mesh')
    .flatMap((gateway): readonly Problem[] => {
      const namespace = gateway.split('/')[0] ?? '';
      const blind = [one, rule].filter((object) => !seenFrom(object, namespace));
      return blind.map((object) => ({
        code: 'SRN1216',
        place: { object: formatRef(refOf(object)), path: 'spec.exportTo' },
        message:
          object === one
            ? `gateway ${gateway} does not see this VirtualService: what comes in there is not steered by it`
            : `gateway ${gateway} gets the routes of ${formatRef(refOf(one))} and not this rule: 503 for every subset`,
        found: list(object),
        accepted: `${namespace}, or *`,
      }));
    });
}

function unseenByCallers(one: VirtualService, rule: DestinationRule): readonly Problem[] {
  if (!boundToMesh(one) || isEverywhere(rule)) return [];
  const places = audiences(one).filter((to) => to === 'all' || !seenFrom(rule, to.replace(/^(in|to) /, '')));
  if (places.length === 0) return [];
  return [
    {
      code: 'SRN1216',
      place: { object: formatRef(refOf(rule)), path: 'spec.exportTo' },
      message: `callers who see the routes of ${formatRef(refOf(one))} do not all see this rule: 503 for every subset, where they do not`,
      found: list(rule),
      accepted: list(one),
    },
  ];
}
