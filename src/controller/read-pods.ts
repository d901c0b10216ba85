// Reads the pods that may be one of some versions': by their labels, since a namespace may hold the pods of ten thousand releases.
// Never decides whose a pod is (versions.ts does, by the whole selector). Called by gather.
import type { Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import type { Objects } from '../objects/objects.ts';
import type { ReadVersion } from './read-version.ts';

export async function readPods(objects: Objects, versions: readonly ReadVersion[]): Promise<readonly Pod[]> {
  const lists = await Promise.all(
    versions.map(async ({ deployment }) => {
      if (deployment === undefined) return [];
      const labels = deployment.spec.selector.matchLabels ?? {};
      return (await objects.list('Pod', refOf(deployment).namespace, { labels })).items;
    }),
  );
  // Two selectors may pick the same pod: it is one all the same.
  const pods = new Map(lists.flat().map((pod) => [pod.metadata.name, pod as Pod]));
  return [...pods.values()];
}
