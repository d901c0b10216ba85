// A version's revision: a fingerprint of its pod template and of the ConfigMaps and Secrets that the template refers to.
// Never of replicas, or of annotations that only restart pods. Called by acceptance and by the controller's gather.
import type { Deployment, PodTemplateSpec } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import { fingerprint } from '../lib/fingerprint.ts';

export interface ConfigRef {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
}

/** Set by `kubectl rollout restart`: the same revision, begun again. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

export function configRefs(template: PodTemplateSpec): readonly ConfigRef[] {
  const refs = new Map<string, ConfigRef>();
  const add = (kind: ConfigRef['kind'], name: string | undefined) => {
    if (name !== undefined) refs.set(`${kind}/${name}`, { kind, name });
  };
  for (const container of template.spec.containers) {
    for (const source of container.envFrom ?? []) {
      add('ConfigMap', source.configMapRef?.name);
      add('Secret', source.secretRef?.name);
    }
    for (const variable of container.env ?? []) {
      add('ConfigMap', variable.valueFrom?.configMapKeyRef?.name);
      add('Secret', variable.valueFrom?.secretKeyRef?.name);
    }
  }
  return [...refs.values()];
}

/** `configs`: the objects of configRefs that exist, in any order. */
export function revisionOf(deployment: Deployment, configs: readonly KubeObject[]): string {
  const { template } = deployment.spec;
  const { [RESTARTED_AT]: _, ...annotations } = template.metadata?.annotations ?? {};
  const pods = { ...template, metadata: { ...template.metadata, annotations } };
  const data = configs.map(({ kind, metadata, data: content }) => [`${kind}/${metadata.name}`, content ?? {}] as const);
  data.sort(([a], [b]) => (a < b ? -1 : 1));
  return fingerprint([pods, data]);
}
