// Services as the mesh sees them: their full host, their ports, and which one a destination means.
// Never looks at pods. Called by compile.ts and check files.
import type { Destination } from '../api/istio.ts';
import type { Service, ServicePort } from '../api/kubernetes.ts';
import { DEFAULT_NAMESPACE, type KubeObject } from '../api/object.ts';
import { hostMeans } from '../routing/host.ts';

export const namespaceOf = (object: KubeObject): string => object.metadata.namespace ?? DEFAULT_NAMESPACE;

export const hostOf = (service: Service): string =>
  `${service.metadata.name}.${namespaceOf(service)}.svc.cluster.local`;

/** `namespace`: of the object in which the host is written. */
export const serviceOf = (host: string, namespace: string, services: readonly Service[]): Service | undefined =>
  services.find((service) => hostMeans(host, namespace, service.metadata.name, namespaceOf(service)));

export const portsOf = (service: Service): readonly ServicePort[] => service.spec.ports ?? [];

/**
 * The port a destination means: named, or the Service's only one, or the one the request came in for
 * (route.go, GetDestinationCluster).
 */
export function destinationPort(destination: Destination, service: Service | undefined, arrivedAt: number): number {
  const ports = service === undefined ? [] : portsOf(service);
  return destination.port?.number ?? (ports.length === 1 ? ports[0]!.port : arrivedAt);
}

export const clusterName = (port: number, subset: string, host: string): string => `outbound|${port}|${subset}|${host}`;

const NOT_HTTP = new Set(['http2', 'grpc', 'grpc-web', 'https', 'tls', 'tcp', 'udp', 'mongo', 'mysql', 'redis']);

/** The protocol a port is declared to speak when it is not HTTP/1.1: `appProtocol`, else the prefix of its name. */
export function foreignProtocol({ appProtocol, name, protocol }: ServicePort): string | undefined {
  if (protocol !== undefined && protocol !== 'TCP') return protocol;
  const declared = appProtocol ?? prefix(name ?? '');
  const known = declared.toLowerCase();
  return NOT_HTTP.has(known) || known.startsWith('kubernetes.io/h2c') ? declared : undefined;
}

const prefix = (name: string): string => (name.startsWith('grpc-web') ? 'grpc-web' : (name.split('-', 1)[0] ?? ''));
