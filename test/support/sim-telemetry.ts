// What is scraped from the simulated cluster, as each kind of metrics would show it: the application's own, Istio's from each
// pod's proxy or from one that stands for all, Envoy's cluster statistics of a caller. Never counts. Used by sim-cluster.ts.
import type { Labels } from '../../src/series/series.ts';

export interface SimPod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly ready: boolean;
  /** Requests so far; undefined before the first. */
  readonly counter: { readonly good: number; readonly bad: number } | undefined;
}

export type Scraped = readonly (readonly [Labels, number])[];
export type SimTelemetry = (pods: readonly SimPod[]) => Scraped;

const target = ({ labels, namespace, name }: SimPod): Labels => ({ ...labels, namespace, pod: name, instance: name });
const up = (labels: Labels): Scraped[number] => [{ ...labels, __name__: 'up' }, 1];
const deploymentOf = ({ name }: SimPod): string => name.replace(/-abc-\d+$/, '');

const byCode = (labels: Labels, label: string, { counter }: SimPod): Scraped => {
  if (counter === undefined) return [];
  const good: Scraped[number] = [{ ...labels, [label]: '200' }, Math.floor(counter.good)];
  return counter.bad > 0 ? [good, [{ ...labels, [label]: '500' }, Math.floor(counter.bad)]] : [good];
};

export const appTelemetry: SimTelemetry = (pods) =>
  pods
    .filter(({ ready }) => ready)
    .flatMap((pod) => [
      up(target(pod)),
      ...byCode({ ...target(pod), __name__: 'http_requests_total', method: 'GET' }, 'code', pod),
    ]);

/** Under OpenTelemetry's names. */
export const openTelemetry: SimTelemetry = (pods) =>
  pods
    .filter(({ ready }) => ready)
    .flatMap((pod) => [
      up(target(pod)),
      ...byCode(
        { ...target(pod), __name__: 'http_server_request_duration_seconds_count', http_request_method: 'GET' },
        'http_response_status_code',
        pod,
      ),
    ]);

const istio = (pod: SimPod, reporter: string): Labels => ({
  __name__: 'istio_requests_total',
  reporter,
  destination_workload: deploymentOf(pod),
  destination_workload_namespace: pod.namespace,
  request_protocol: 'http',
});

/** As a PodMonitor has it: the targets know the pods' names, not their labels. A gateway reports the same requests as their source. */
export const istioTelemetry: SimTelemetry = (pods) => [
  ...pods
    .filter(({ ready }) => ready)
    .flatMap((pod) => {
      const own = { namespace: pod.namespace, pod: pod.name, instance: pod.name };
      return [up(own), ...byCode({ ...own, ...istio(pod, 'destination') }, 'response_code', pod)];
    }),
  up({ instance: 'gateway', namespace: 'istio-system', pod: 'gateway-abc-00000' }),
  ...together(pods, (pod) => ({ ...istio(pod, 'source'), instance: 'gateway' })),
];

/** One proxy for all pods, which are not scraped at all. */
export const meshTelemetry: SimTelemetry = (pods) => [
  up({ instance: 'mesh' }),
  ...together(pods, (pod) => ({ ...istio(pod, 'destination'), instance: 'mesh' })),
  ...together(pods, (pod) => ({ ...istio(pod, 'source'), instance: 'mesh' })),
];

const cluster = (version: string | undefined): Labels => ({
  cluster_name: `outbound|80|${version}|checkout-service.prod.svc.cluster.local`,
  instance: 'caller',
});

export const envoyTelemetry: SimTelemetry = (pods) => [
  up({ instance: 'caller' }),
  ...together(pods, (pod) => ({ ...cluster(pod.labels['version']), __name__: 'envoy_cluster_upstream_rq' })),
  // There from the cluster's configuration on.
  ...['v1', 'v2'].map((version): Scraped[number] => [
    { ...cluster(version), __name__: 'envoy_cluster_upstream_rq_total' },
    Math.floor(pods.reduce((sum, pod) => sum + (pod.labels['version'] === version ? answered(pod) : 0), 0)),
  ]),
];

const answered = ({ counter }: SimPod): number => (counter === undefined ? 0 : counter.good + counter.bad);

/** One counter for the pods of a version, those that are gone included. */
function together(pods: readonly SimPod[], labelsOf: (pod: SimPod) => Labels): Scraped {
  const sums = new Map<string, [Labels, number]>();
  for (const pod of pods)
    for (const [labels, value] of byCode(labelsOf(pod), 'response_code', pod)) {
      const key = JSON.stringify(labels);
      sums.set(key, [labels, (sums.get(key)?.[1] ?? 0) + value]);
    }
  return [...sums.values()];
}
