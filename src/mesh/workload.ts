// Who a pod or a caller is, in the words of Istio's metric labels.
// Never routes. Called by endpoints.ts and mesh.ts. Source: Istio's injection template, istio_stats.cc.
import type { Pod } from '../api/kubernetes.ts';
import type { WorkloadConfig } from './config.ts';
import { namespaceOf } from './services.ts';

type Labels = Readonly<Record<string, string>>;
const UNKNOWN = 'unknown';

export function workloadOf(pod: Pod): WorkloadConfig {
  const labels = pod.metadata.labels ?? {};
  return describeWorkload(labels, namespaceOf(pod), ownerOf(pod) ?? pod.metadata.name);
}

export function describeWorkload(labels: Labels, namespace: string, name: string): WorkloadConfig {
  const { app, version } = labels;
  return {
    name,
    namespace,
    app: app ?? UNKNOWN,
    version: version ?? UNKNOWN,
    canonicalService: labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? app ?? name,
    canonicalRevision:
      labels['service.istio.io/canonical-revision'] ?? labels['app.kubernetes.io/version'] ?? version ?? 'latest',
  };
}

/** The Deployment, also when a ReplicaSet of it stands between. */
function ownerOf(pod: Pod): string | undefined {
  const owners = pod.metadata.ownerReferences ?? [];
  const owner = owners.find(({ controller }) => controller === true) ?? owners[0];
  const hash = pod.metadata.labels?.['pod-template-hash'];
  if (owner?.kind !== 'ReplicaSet' || hash === undefined) return owner?.name;
  return owner.name.endsWith(`-${hash}`) ? owner.name.slice(0, -hash.length - 1) : owner.name;
}
