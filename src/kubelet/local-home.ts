// One machine as a home for pods: those with the kubelet's finalizer, at the loopback address, on ports taken for each.
// Never decides how many there are (deployments.ts does). Composed by kubelet.ts.
import type { Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import type { Objects } from '../objects/objects.ts';
import type { PodHome } from './home.ts';
import type { PortBook } from './ports.ts';
import { type RetryOptions, untilWritten } from './retry.ts';
import { shellSplit } from './shell-split.ts';
import { POD_FINALIZER } from './template.ts';

export interface LocalHomeOptions {
  readonly objects: Objects;
  readonly ports: Pick<PortBook, 'giveBack'>;
  /** Commands that replace the container's own, by Deployment name. */
  readonly run: ReadonlyMap<string, string>;
  readonly retry: RetryOptions;
}

export function createLocalHome({ objects, ports, run, retry }: LocalHomeOptions): PodHome {
  return {
    judge(change, pod) {
      const { deletionTimestamp, finalizers = [] } = pod.metadata;
      if (!finalizers.includes(POD_FINALIZER)) return 'ignore';
      // A pod that is there already, or on its way out, is of an earlier kubelet: its process and ports are gone.
      const isNew = change.type === 'added' && pod.status?.containerStatuses === undefined;
      return isNew && deletionTimestamp === undefined ? 'run' : 'release';
    },
    settle: async (pod) => pod,
    argv: (pod) => commandFor(pod, run),
    async release(pod) {
      for (const port of pod.spec.containers[0]?.ports ?? []) ports.giveBack(port.hostPort ?? 0);
      await untilWritten(async () => {
        const now = await objects.get(refOf(pod));
        if (now === undefined || now.metadata.uid !== pod.metadata.uid) return;
        if (now.metadata.deletionTimestamp === undefined)
          await objects.remove(refOf(pod), { uid: now.metadata.uid ?? '' });
        const marked = (await objects.get(refOf(pod))) ?? now;
        const finalizers = (marked.metadata.finalizers ?? []).filter((finalizer) => finalizer !== POD_FINALIZER);
        await objects.update({ ...marked, metadata: { ...marked.metadata, finalizers } });
      }, retry);
    },
  };
}

function commandFor(pod: Pod, run: ReadonlyMap<string, string>): readonly string[] | undefined {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  const command = run.get(owner?.name ?? '');
  if (command === undefined) return undefined;
  const split = shellSplit(command);
  // Checked before any pod is made (checkKubelet).
  if (!split.ok) throw new Error(`the command for ${owner?.name} cannot be split`);
  return split.value;
}
