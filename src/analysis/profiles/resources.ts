// CPU and memory of a version's pods, alike in every profile: what the kubelet (cAdvisor) and kube-state-metrics export.
// Never reads samples. Part of app.ts, istio.ts and envoy.ts.
import { type Family, is, isNot, type Signals } from './profile.ts';

/** Without the sums over a pod (no container), the pause container, and sidecars, whose work is not the version's. */
const CONTAINERS = [isNot('container', ''), isNot('container', 'POD'), isNot('container', 'istio-proxy')];

const ofContainers = (metric: string): Family => ({ metric, by: 'podNames', where: CONTAINERS });

/** kube-state-metrics from 2.0 on. */
const limit = (resource: 'cpu' | 'memory'): Family => ({
  metric: 'kube_pod_container_resource_limits',
  by: 'podNames',
  where: [is('resource', resource), isNot('container', 'istio-proxy')],
});

export const RESOURCES: Pick<Signals, 'cpuUsage' | 'cpuLimit' | 'memoryUsage' | 'memoryLimit'> = {
  cpuUsage: [ofContainers('container_cpu_usage_seconds_total')],
  cpuLimit: [limit('cpu')],
  memoryUsage: [ofContainers('container_memory_working_set_bytes')],
  memoryLimit: [limit('memory')],
};

/** What a process says of itself, in most languages' client libraries; for where the kubelet's metrics are not scraped. */
export const PROCESS: Pick<Signals, 'cpuUsage' | 'memoryUsage'> = {
  cpuUsage: [{ metric: 'process_cpu_seconds_total', by: 'pods', where: [] }],
  memoryUsage: [{ metric: 'process_resident_memory_bytes', by: 'pods', where: [] }],
};
