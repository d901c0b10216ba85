// Reads one version's Deployment and autoscaler, and fingerprints of the ConfigMaps and Secrets that its revision rests on.
// Never looks at pods. Called by gather, and by acceptance-turn.ts for every Deployment that may be stable.
import type { HorizontalPodAutoscaler } from '../api/cluster-kinds.ts';
import { contentHashOf } from '../api/config-content.ts';
import type { Deployment } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import type { Objects } from '../objects/objects.ts';
import { type ConfigFingerprint, configRefs } from '../release/revision.ts';

export interface ReadVersion {
  readonly deployment?: Deployment;
  readonly configs: readonly ConfigFingerprint[];
  readonly autoscaler?: HorizontalPodAutoscaler;
}

export async function readVersion(
  objects: Objects,
  namespace: string,
  name: string,
  autoscalers: readonly HorizontalPodAutoscaler[] = [],
): Promise<ReadVersion> {
  const found = await objects.get({ kind: 'Deployment', namespace, name });
  if (found === undefined) return { configs: [] };
  const deployment = found as Deployment;
  const refs = configRefs(deployment.spec.template).map(({ kind, name: config }) => ({
    kind,
    namespace,
    name: config,
  }));
  const configs = await Promise.all(
    refs.map(async (ref): Promise<readonly ConfigFingerprint[]> => {
      const config = await objects.get(ref);
      return config === undefined ? [] : [{ kind: ref.kind, name: ref.name, hash: contentHashOf(config) }];
    }),
  );
  const autoscaler = autoscalers.find((one) => scales(one, namespace, name));
  return { deployment, configs: configs.flat(), ...(autoscaler === undefined ? {} : { autoscaler }) };
}

const scales = (autoscaler: HorizontalPodAutoscaler, namespace: string, deployment: string): boolean => {
  const { kind, name } = autoscaler.spec.scaleTargetRef;
  return refOf(autoscaler).namespace === namespace && kind === 'Deployment' && name === deployment;
};
