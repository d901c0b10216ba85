// Reads one version's Deployment and the ConfigMaps and Secrets that its revision rests on.
// Never looks at pods. Called by gather, and by acceptance-turn.ts for every Deployment that may be stable.
import type { Deployment } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import type { Objects } from '../objects/objects.ts';
import { configRefs } from '../release/revision.ts';

export interface ReadVersion {
  readonly deployment?: Deployment;
  readonly configs: readonly KubeObject[];
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
  const configs = await Promise.all(refs.map((ref) => objects.get(ref)));
  return { deployment, configs: configs.filter((config) => config !== undefined) };
}
