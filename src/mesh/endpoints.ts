// The pods behind a service port, with the local port at which each of them listens.
// Never includes a pod that is not ready or is on its way out. Called by compile.ts.
import type { ContainerPort, Pod, Service, ServicePort } from '../api/kubernetes.ts';
import { isReady } from '../api/readiness.ts';
import type { EndpointConfig } from './config.ts';
import { namespaceOf } from './services.ts';
import { workloadOf } from './workload.ts';

type Labels = Readonly<Record<string, string>>;

/** `labels`: the subset's, beside the Service's own selector. */
export function endpointsOf(
  service: Service,
  port: ServicePort,
  labels: Labels,
  pods: readonly Pod[],
): readonly EndpointConfig[] {
  const { selector = {}, publishNotReadyAddresses = false } = service.spec;
  if (Object.keys(selector).length === 0) return [];
  return pods.flatMap((pod): readonly EndpointConfig[] => {
    if (namespaceOf(pod) !== namespaceOf(service) || !carries(pod, selector) || !carries(pod, labels)) return [];
    if (pod.metadata.deletionTimestamp !== undefined || !(publishNotReadyAddresses || isReady(pod))) return [];
    const local = containerPort(pod, port)?.hostPort;
    const address = pod.status?.podIP;
    if (local === undefined || address === undefined) return [];
    return [{ address, port: local, pod: pod.metadata.name, workload: workloadOf(pod) }];
  });
}

const carries = (pod: Pod, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => pod.metadata.labels?.[key] === value);

/** By the target port's name or number. */
export function containerPort(pod: Pod, { port, targetPort = port }: ServicePort): ContainerPort | undefined {
  const ports = pod.spec.containers.flatMap(({ ports: own = [] }) => own);
  return ports.find(({ name, containerPort: number }) =>
    typeof targetPort === 'string' ? name === targetPort || String(number) === targetPort : number === targetPort,
  );
}
