// Ways by which callers reach the canary's pods past the routes that lead to the pair, as far as the objects show them.
// Never says who uses them: samples do. Called by lint, before anything runs, and by the controller, when requests leak.
// Source: facts of Istio: a caller follows a VirtualService only with a proxy, that sees it, on a host and port that it is for.
import type { VirtualService } from '../api/istio.ts';
import type { Deployment, Service } from '../api/kubernetes.ts';
import { type KubeObject, refOf } from '../api/object.ts';
import { selects } from '../api/selector.ts';
import { namespaceOf, routesOf } from './delegate.ts';
import { hostMeans } from './host.ts';
import { boundToMesh, effectiveRoutes } from './match.ts';
import { destinationsOf, isOpen, isOwn } from './pair.ts';
import { gatewaysOf, isEverywhere } from './visibility.ts';

export interface IsolationInput {
  readonly service: Service;
  readonly services: readonly Service[];
  readonly virtualServices: readonly VirtualService[];
  readonly canary: Deployment;
  readonly stable?: Deployment;
  /** Those of its namespace, the two versions among them. */
  readonly deployments: readonly Deployment[];
  readonly namespaces: readonly KubeObject[];
  /** The pair's subset for the canary, once it is known; routes of Serin's own are no way past them. */
  readonly subset?: string;
}

export interface Way {
  readonly kind:
    | 'noRoutes'
    | 'open'
    | 'namesCanary'
    | 'otherService'
    | 'exposedService'
    | 'notHttp'
    | 'exportTo'
    | 'noProxy';
  /** Where it can be changed. */
  readonly object: KubeObject;
  readonly path: string;
  /** One sentence, cause and effect. */
  readonly text: string;
  readonly found: string;
  readonly accepted: string;
}

export function waysPast(input: IsolationInput): readonly Way[] {
  return [
    ...serviceWays(input),
    ...openRoutes(input),
    ...otherServices(input),
    ...exposed(input),
    ...foreignPorts(input),
    ...withoutProxy(input),
  ];
}

const labelsOf = ({ spec }: Deployment) => spec.template.metadata?.labels ?? {};

const isPickedBy = ({ spec }: Service, deployment: Deployment): boolean =>
  Object.keys(spec.selector ?? {}).length > 0 && selects(spec.selector ?? {}, labelsOf(deployment));

const leads = (
  one: VirtualService,
  { metadata }: Service,
  namespace: string,
  all: readonly VirtualService[],
): boolean =>
  effectiveRoutes(one, all).some(({ route, virtualService }) =>
    destinationsOf(route).some(({ destination }) =>
      hostMeans(destination.host, virtualService.namespace, metadata.name, namespace),
    ),
  );

/** Whoever calls the Service by its name inside the mesh, and meets no VirtualService for it there. */
function serviceWays({ service, virtualServices, canary, stable }: IsolationInput): readonly Way[] {
  const { name } = service.metadata;
  const { namespace } = refOf(service);
  if (!isPickedBy(service, canary) || (stable !== undefined && !isPickedBy(service, stable))) return [];
  const reach = `callers inside the mesh reach ${canary.metadata.name} by the Service`;
  const selects = `Service ${name} selects the pods of both versions`;
  const leading = virtualServices.filter(
    (one) => (one.spec.hosts ?? []).length > 0 && leads(one, service, namespace, virtualServices),
  );
  const forHost = (one: VirtualService) =>
    (one.spec.hosts ?? []).some((host) => hostMeans(host, namespaceOf(one), name, namespace) || host === '*');
  const ruling = virtualServices.filter((one) => forHost(one) && boundToMesh(one));
  if (ruling.length > 0)
    return ruling.filter((one) => !isEverywhere(one)).map((one) => unexported(one, selects, reach));
  const [first] = leading;
  if (first === undefined) return [];
  const isMeshless = leading.every((one) => !boundToMesh(one));
  return [
    {
      kind: 'noRoutes',
      object: first,
      path: isMeshless ? 'spec.gateways' : 'spec.hosts',
      text: isMeshless
        ? `${selects} and ${nameOf(leading)} ${gateways(leading)} only: ${reach}`
        : `${selects} and ${nameOf(leading)} ${leading.length === 1 ? 'is' : 'are'} for other hosts than the Service's: ${reach}`,
      found: isMeshless
        ? leading.flatMap(gatewaysOf).join(', ')
        : leading.flatMap(({ spec }) => spec.hosts ?? []).join(', '),
      accepted: isMeshless
        ? `mesh among the gateways and ${name} among the hosts, or a VirtualService for callers inside`
        : `${name}.${namespace}.svc.cluster.local among the hosts`,
    },
  ];
}

const nameOf = (services: readonly VirtualService[]): string =>
  services.length === 1
    ? `the VirtualService ${services[0]?.metadata.name}`
    : `the VirtualServices ${services.map(({ metadata }) => metadata.name).join(', ')}`;

const gateways = (services: readonly VirtualService[]): string =>
  services.length === 1 ? 'binds gateways' : 'bind gateways';

const unexported = (one: VirtualService, selects: string, reach: string): Way => ({
  kind: 'exportTo',
  object: one,
  path: 'spec.exportTo',
  text: `${selects} and VirtualService ${one.metadata.name} is exported to ${(one.spec.exportTo ?? []).join(', ')} only: ${reach} from other namespaces`,
  found: (one.spec.exportTo ?? []).join(', '),
  accepted: '*, or no callers elsewhere',
});

/** A route of any VirtualService that leads to every version, or to the canary's subset by name. */
function openRoutes({ service, virtualServices, canary, subset }: IsolationInput): readonly Way[] {
  const { name } = service.metadata;
  return virtualServices.flatMap((one) =>
    routesOf(one).flatMap((route, index) => {
      if (isOwn(route)) return [];
      const destinations = destinationsOf(route);
      return destinations.flatMap(({ destination, weight = 0 }, place): readonly Way[] => {
        if (!hostMeans(destination.host, namespaceOf(one), name, refOf(service).namespace)) return [];
        if (destinations.length > 1 && weight === 0) return [];
        const where = `VirtualService ${one.metadata.name} spec.http[${index}]`;
        const path = `spec.http[${index}].route[${place}].destination`;
        const at = { object: one, path } as const;
        if (isOpen(destination)) {
          const text = `${where} leads to ${name} without a subset, and so to every ready pod of both versions, ${canary.metadata.name} among them`;
          return [
            {
              ...at,
              kind: 'open',
              text,
              found: `host ${destination.host} alone`,
              accepted: "the stable version's subset",
            },
          ];
        }
        if (subset === undefined || destination.subset !== subset) return [];
        const text = `${where} leads to subset ${subset} of ${name} by name`;
        return [
          { ...at, kind: 'namesCanary', text, found: `subset ${subset}`, accepted: "the stable version's subset" },
        ];
      });
    }),
  );
}

function otherServices({ service, services, canary }: IsolationInput): readonly Way[] {
  const here = refOf(service).namespace;
  return services
    .filter(
      (one) => refOf(one).namespace === here && one.metadata.name !== service.metadata.name && isPickedBy(one, canary),
    )
    .map((one) => ({
      kind: 'otherService',
      object: one,
      path: 'spec.selector',
      text: `Service ${one.metadata.name} selects the pods of ${canary.metadata.name} too: whoever calls that one reaches them past the routes of ${service.metadata.name}`,
      found: describe(one.spec.selector),
      accepted: 'a selector that leaves the canary out, or no callers of that Service',
    }));
}

const describe = (labels: Readonly<Record<string, string>> = {}): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');

/** What comes in from outside by the Service itself passes no proxy of a caller. */
function exposed({ service, canary }: IsolationInput): readonly Way[] {
  const { type = 'ClusterIP' } = service.spec;
  if ((type !== 'NodePort' && type !== 'LoadBalancer') || !isPickedBy(service, canary)) return [];
  const text = `Service ${service.metadata.name} is of type ${type}: what comes in there passes no proxy, and is spread over both versions`;
  return [
    {
      kind: 'exposedService',
      object: service,
      path: 'spec.type',
      text,
      found: type,
      accepted: 'ClusterIP, with a gateway in front',
    },
  ];
}

/** Istio reads the protocol from appProtocol or the name's first part; what it takes for TCP no http route is for. */
const TCP = ['tcp', 'tls', 'https', 'mongo', 'mysql', 'redis', 'udp'];

function foreignPorts({ service, canary }: IsolationInput): readonly Way[] {
  if (!isPickedBy(service, canary)) return [];
  return (service.spec.ports ?? []).flatMap(({ port, name = '', appProtocol }, index): readonly Way[] => {
    const protocol = (appProtocol ?? name.split('-')[0] ?? '').toLowerCase();
    if (!TCP.includes(protocol)) return [];
    const text = `port ${port} of Service ${service.metadata.name} is ${protocol} to Istio: no http route is for it, and its connections are spread over both versions`;
    const path = `spec.ports[${index}]`;
    return [
      {
        kind: 'notHttp',
        object: service,
        path,
        text,
        found: protocol,
        accepted: 'appProtocol: http, or a name like http-api',
      },
    ];
  });
}

const INJECT = 'sidecar.istio.io/inject';

/** Workloads that are told to have no proxy, and namespaces likewise: what they call is no VirtualService's business. */
function withoutProxy({ service, canary, stable, deployments, namespaces }: IsolationInput): readonly Way[] {
  const versions = [canary.metadata.name, stable?.metadata.name];
  const reach = `if it calls ${service.metadata.name}, it reaches ${canary.metadata.name} too`;
  const accepted = 'a sidecar, or no calls from there';
  const workloads = deployments
    .filter((one) => !versions.includes(one.metadata.name) && injectOf(one) === 'false')
    .map((one): Way => {
      const text = `Deployment ${one.metadata.name} has no proxy (${INJECT}: false): ${reach}`;
      return {
        kind: 'noProxy',
        object: one,
        path: 'spec.template.metadata',
        text,
        found: `${INJECT}: false`,
        accepted,
      };
    });
  const around = namespaces
    .filter(({ metadata }) => metadata.labels?.['istio-injection'] === 'disabled')
    .map((one): Way => {
      const text = `pods of namespace ${one.metadata.name} have no proxy (istio-injection: disabled): if one calls ${service.metadata.name}, it reaches ${canary.metadata.name} too`;
      return {
        kind: 'noProxy',
        object: one,
        path: 'metadata.labels',
        text,
        found: 'istio-injection: disabled',
        accepted,
      };
    });
  return [...workloads, ...around];
}

const injectOf = ({ spec }: Deployment): string | undefined => {
  const { labels = {}, annotations = {} } = spec.template.metadata ?? {};
  return labels[INJECT] ?? annotations[INJECT];
};
