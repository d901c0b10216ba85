// The kubelet's metrics page: cAdvisor's and kube-state-metrics' names, as far as gates and people use them.
// Never reads the machine or objects itself. Called by kubelet.ts for each scrape; pure.
import type { Container, ContainerStatus, Deployment, Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import { parseQuantity } from '../lib/quantity.ts';
import { formatExposition, type MetricFamily } from '../series/exposition.ts';
import type { Labels } from '../series/series.ts';
import { readyCondition } from './pod-status.ts';

export interface PodUsage {
  readonly pod: Pod;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

const family = (type: 'counter' | 'gauge', name: string, help: string, samples: readonly Sample[]): MetricFamily => ({
  name,
  type,
  help,
  samples: samples.map(({ labels, value }) => ({ labels: { __name__: name, ...labels }, value })),
});

/** Prometheus text format. */
export function metricsPage(pods: readonly PodUsage[], deployments: readonly Deployment[]): string {
  const families = [...usageFamilies(pods), ...podFamilies(pods), ...deploymentFamilies(deployments)];
  return formatExposition(families);
}

function usageFamilies(pods: readonly PodUsage[]): readonly MetricFamily[] {
  return [
    family(
      'counter',
      'container_cpu_usage_seconds_total',
      'CPU time of the processes of the container, over restarts.',
      pods.map((usage) => ({ labels: containerLabels(usage.pod), value: usage.cpuSeconds })),
    ),
    family(
      'gauge',
      'container_memory_working_set_bytes',
      'Memory of the processes of the container, without pages shared with files.',
      pods.map((usage) => ({ labels: containerLabels(usage.pod), value: usage.memoryBytes })),
    ),
  ];
}

function podFamilies(pods: readonly PodUsage[]): readonly MetricFamily[] {
  const each = (samples: (pod: Pod) => readonly Sample[]) => pods.flatMap(({ pod }) => samples(pod));
  return [
    family(
      'gauge',
      'kube_pod_container_resource_limits',
      'Limits as declared; they are not enforced on one machine.',
      each((pod) => resourceSamples(pod, containerOf(pod).resources?.limits)),
    ),
    family(
      'gauge',
      'kube_pod_container_resource_requests',
      'Requests as declared, or the limits where there are none.',
      each((pod) => resourceSamples(pod, requestsOf(containerOf(pod)))),
    ),
    family('gauge', 'kube_pod_status_ready', 'Whether the pod is ready.', each(readySamples)),
    family(
      'counter',
      'kube_pod_container_status_restarts_total',
      'Restarts of the container.',
      each((pod) => [{ labels: containerLabels(pod), value: statusOf(pod)?.restartCount ?? 0 }]),
    ),
    family('gauge', 'kube_pod_container_status_waiting_reason', 'Why the container waits.', each(waitingSamples)),
  ];
}

function deploymentFamilies(deployments: readonly Deployment[]): readonly MetricFamily[] {
  const gauge = (name: string, help: string, value: (deployment: Deployment) => number | undefined) =>
    family(
      'gauge',
      name,
      help,
      deployments.map((deployment) => ({ labels: deploymentLabels(deployment), value: value(deployment) ?? 0 })),
    );
  return [
    gauge('kube_deployment_spec_replicas', 'Pods wanted.', (one) => one.spec.replicas ?? 1),
    gauge('kube_deployment_metadata_generation', 'Generation wanted.', (one) => one.metadata.generation),
    gauge('kube_deployment_status_replicas', 'Pods there.', (one) => one.status?.replicas),
    gauge('kube_deployment_status_replicas_ready', 'Pods ready.', (one) => one.status?.readyReplicas),
    gauge('kube_deployment_status_replicas_available', 'Pods available.', (one) => one.status?.availableReplicas),
    gauge(
      'kube_deployment_status_replicas_updated',
      'Pods of the present template.',
      (one) => one.status?.updatedReplicas,
    ),
    gauge('kube_deployment_status_observed_generation', 'Generation seen.', (one) => one.status?.observedGeneration),
  ];
}

/** Kubernetes' default: what has a limit and no request, requests its limit. */
const requestsOf = ({ resources = {} }: Container) => ({ ...resources.limits, ...resources.requests });

function resourceSamples(pod: Pod, amounts: Readonly<Record<string, string | number>> = {}): readonly Sample[] {
  return Object.entries(amounts).map(([resource, amount]) => ({
    labels: {
      ...containerLabels(pod),
      node: pod.spec.nodeName ?? '',
      resource,
      unit: resource === 'cpu' ? 'core' : 'byte',
    },
    value: parseQuantity(amount) ?? 0,
  }));
}

const readySamples = (pod: Pod): readonly Sample[] =>
  ['true', 'false', 'unknown'].map((condition) => ({
    labels: { ...podLabels(pod), condition },
    value: (readyCondition(pod)?.status ?? 'Unknown').toLowerCase() === condition ? 1 : 0,
  }));

function waitingSamples(pod: Pod): readonly Sample[] {
  const reason = statusOf(pod)?.state?.waiting?.reason;
  return reason === undefined ? [] : [{ labels: { ...containerLabels(pod), reason }, value: 1 }];
}

const statusOf = (pod: Pod): ContainerStatus | undefined => pod.status?.containerStatuses?.[0];

function containerOf(pod: Pod): Container {
  const [container] = pod.spec.containers;
  if (container === undefined) throw new Error(`the pod ${pod.metadata.name} has no container`);
  return container;
}

const podLabels = (pod: Pod) => ({ namespace: refOf(pod).namespace, pod: pod.metadata.name });
const containerLabels = (pod: Pod) => ({ ...podLabels(pod), container: containerOf(pod).name });
const deploymentLabels = (one: Deployment) => ({ namespace: refOf(one).namespace, deployment: one.metadata.name });
