// Where the metrics of a profile come from: what to do where nobody exports them at all.
// Words only. Read by signals.ts and gates.ts.
import type { Profile, SignalName } from '../analysis/profiles/profile.ts';

export const HINTS: Readonly<Record<Profile['carriedBy'], string>> = {
  pods: 'annotate the pods with prometheus.io/scrape: "true" and prometheus.io/port, and export it there; or choose another profile or `metrics.requests`',
  mesh: 'the pods need a sidecar, and its merged metrics to be scraped (prometheus.io annotations of the injector, or a PodMonitor)',
  callers:
    "Istio leaves cluster statistics out by default: give the callers' pods proxyStatsMatcher with inclusionRegexps for cluster.outbound, and scrape them",
};

const LATENCY: Readonly<Record<Profile['carriedBy'], string>> = {
  ...HINTS,
  pods: 'export a histogram of durations, or name yours in `metrics.latency`',
};

const KUBELET = "scrape the kubelets' cAdvisor page (/metrics/cadvisor)";
const STATE_METRICS = 'kube-state-metrics exports it, for containers that declare a limit';

export function hintOf(name: SignalName, { carriedBy }: Profile): string {
  switch (name) {
    case 'cpuUsage':
    case 'memoryUsage':
      return KUBELET;
    case 'cpuLimit':
    case 'memoryLimit':
      return STATE_METRICS;
    case 'latency':
      return LATENCY[carriedBy];
    case 'requests':
    case 'errors':
    case 'clientErrors':
      return HINTS[carriedBy];
  }
}

/** By who is known to export metrics of such a name. */
export function hintOfMetric(metric: string): string {
  if (metric.startsWith('container_')) return KUBELET;
  if (metric.startsWith('kube_')) return 'kube-state-metrics exports it';
  if (metric.startsWith('istio_')) return HINTS.mesh;
  return metric.startsWith('envoy_cluster_') ? HINTS.callers : 'nobody exports it, or nobody scrapes it';
}
