// Reads one version's Deployment, and fingerprints of the ConfigMaps and Secrets that its revision rests on.
// Never looks at pods. Called by gather, and by acceptance-turn.ts for every Deployment that may be stable.

import { contentHashOf } from '../api/config-content.ts';
import type { Deployment } from '../api/kubernetes.ts';
import type { Objects } from '../objects/objects.ts';
import { type ConfigFingerprint, configRefs } from '../release/revision.ts';

export interface ReadVersion {
  readonly deployment?: Deployment;
  readonly configs: readonly ConfigFingerprint[];
}

export async function readVersion(objects: Objects, namespace: string, name: string): Promise<ReadVersion> {
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
  return { deployment, configs: configs.flat() };
}
