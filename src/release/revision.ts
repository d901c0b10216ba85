// A version's revision: a fingerprint of its pod template and of the ConfigMaps and Secrets that the template refers to.
// Never of replicas, or of annotations that only restart pods. Called by acceptance and by the controller's gather.
import type { Deployment, PodTemplateSpec } from '../api/kubernetes.ts';
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
  for (const container of [...(template.spec.initContainers ?? []), ...template.spec.containers]) {
    for (const source of container.envFrom ?? []) {
      add('ConfigMap', source.configMapRef?.name);
      add('Secret', source.secretRef?.name);
    }
    for (const variable of container.env ?? []) {
      add('ConfigMap', variable.valueFrom?.configMapKeyRef?.name);
      add('Secret', variable.valueFrom?.secretKeyRef?.name);
    }
  }
  for (const volume of (template.spec.volumes ?? []) as readonly Volume[]) {
    for (const source of [volume, ...(volume.projected?.sources ?? [])]) {
      add('ConfigMap', source.configMap?.name);
      // A volume of its own names it `secretName`, a projected one `name`.
      add('Secret', source.secret?.secretName ?? source.secret?.name);
    }
  }
  return [...refs.values()];
}

/** What of core/v1 Volume leads to configuration; the schema keeps volumes loose. */
interface Volume extends VolumeSource {
  readonly projected?: { readonly sources?: readonly VolumeSource[] };
}

interface VolumeSource {
  readonly configMap?: { readonly name?: string };
  readonly secret?: { readonly secretName?: string; readonly name?: string };
}

/** One of configRefs that exists: its name and a fingerprint of what it holds (contentHashOf). */
export interface ConfigFingerprint extends ConfigRef {
  readonly hash: string;
}

/** `configs`: those of configRefs that exist, in any order. */
export function revisionOf(deployment: Deployment, configs: readonly ConfigFingerprint[]): string {
  const { template } = deployment.spec;
  const { [RESTARTED_AT]: _, ...annotations } = template.metadata?.annotations ?? {};
  const pods = { ...template, metadata: { ...template.metadata, annotations } };
  const data = configs.map(({ kind, name, hash }) => [`${kind}/${name}`, hash] as const);
  data.sort(([a], [b]) => (a < b ? -1 : 1));
  return fingerprint([pods, data]);
}
