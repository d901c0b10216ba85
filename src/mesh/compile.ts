// Objects in, the proxy's configuration out.
// Never watches, never refuses: problems are check.ts's. Pure. Called by mesh.ts.
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { Pod, Service, ServicePort } from '../api/kubernetes.ts';
import type { ClusterConfig, MeshConfig, ServiceConfig } from './config.ts';
import { endpointsOf } from './endpoints.ts';
import { balancerOf, limitsOf, policyFor, rulesFor } from './policy.ts';
import { routesFor } from './routes.ts';
import { clusterName, hostOf, namespaceOf, portsOf } from './services.ts';

export interface MeshObjects {
  readonly services: readonly Service[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly pods: readonly Pod[];
}

export const serviceKey = (service: Service, port: number): string => `${hostOf(service)}:${port}`;

export function compileMesh(objects: MeshObjects): Omit<MeshConfig, 'version'> {
  const ports = objects.services.flatMap((service) => portsOf(service).map((port) => ({ service, port })));
  return {
    services: ports.map(({ service, port }): ServiceConfig => {
      const { name } = service.metadata;
      return {
        key: serviceKey(service, port.port),
        host: hostOf(service),
        port: port.port,
        service: name,
        namespace: namespaceOf(service),
        routes: routesFor(service, port.port, objects),
      };
    }),
    clusters: ports.flatMap(({ service, port }) => clustersOf(service, port, objects)),
  };
}

/** One for the whole Service, and one for each subset. */
function clustersOf(service: Service, port: ServicePort, objects: MeshObjects): readonly ClusterConfig[] {
  const rules = rulesFor(service, objects.destinationRules);
  const host = hostOf(service);
  return [undefined, ...rules.subsets].map((subset) => {
    // A subset's policy speaks only for routes that name the subset.
    const policy = policyFor(rules, subset, port.port);
    return {
      name: clusterName(port.port, subset?.name ?? '', host),
      host,
      port: port.port,
      ...(subset === undefined ? {} : { subset: subset.name }),
      service: service.metadata.name,
      namespace: namespaceOf(service),
      balancer: balancerOf(policy),
      limits: limitsOf(policy),
      endpoints: endpointsOf(service, port, subset?.labels ?? {}, objects.pods),
    };
  });
}
