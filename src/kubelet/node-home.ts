// A node of a real cluster as a home for pods: whatever nobody has scheduled yet is bound to it, and gets an address of its own.
// Never makes pods (the cluster's controllers do). Composed by node.ts.
import type { Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import { parseQuantity } from '../lib/quantity.ts';
import { toTime } from '../lib/time.ts';
import type { Objects } from '../objects/objects.ts';
import type { AddressBook } from './address-book.ts';
import type { PodHome } from './home.ts';
import { type RetryOptions, untilWritten } from './retry.ts';

/** What a kubelet and a scheduler ask of the API server beyond reading and writing objects. */
export interface NodeApi {
  /** The binding subresource; NotFound when the pod has gone. */
  bind(pod: Pod, node: string): Promise<void>;
  /** Deletes with a grace period of zero, if the object still has the pod's uid: the node says that nothing of it runs. */
  discard(pod: Pod): Promise<void>;
}

export interface NodeDescription {
  readonly name: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Quantities; a pod that requests more is not scheduled. */
  readonly capacity: { readonly cpu: string; readonly memory: string; readonly pods: string };
}

export interface NodeHomeOptions {
  readonly objects: Objects;
  readonly api: NodeApi;
  readonly node: NodeDescription;
  readonly addresses: AddressBook;
  readonly retry: RetryOptions;
}

const OVER = ['Succeeded', 'Failed'];

export function createNodeHome({ objects, api, node, addresses, retry }: NodeHomeOptions): PodHome {
  async function refuse(pod: Pod, message: string): Promise<void> {
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    await untilWritten(async () => {
      const now = (await objects.get(refOf(pod))) as Pod | undefined;
      const told = now?.status?.conditions?.some((one) => one.type === condition.type && one.message === message);
      if (now === undefined || told) return;
      const conditions = [{ ...condition, lastTransitionTime: toTime(retry.clock.now()) }];
      await objects.updateStatus({ ...now, status: { ...now.status, phase: 'Pending', conditions } });
    }, retry);
  }

  return {
    judge(_change, pod) {
      const { nodeName, schedulingGates = [] } = pod.spec;
      if (nodeName !== undefined && nodeName !== '' && nodeName !== node.name) return 'ignore';
      if (pod.metadata.deletionTimestamp !== undefined) return 'release';
      return OVER.includes(pod.status?.phase ?? '') || schedulingGates.length > 0 ? 'ignore' : 'run';
    },
    async settle(pod) {
      if ((pod.spec.nodeName ?? '') === '') {
        const obstacle = obstacleTo(pod, node);
        if (obstacle !== undefined) {
          await refuse(pod, obstacle);
          return undefined;
        }
        let isBound = false;
        await untilWritten(async () => {
          await api.bind(pod, node.name);
          isBound = true;
        }, retry);
        if (!isBound) return undefined;
      }
      const status = { ...pod.status, podIP: addresses.take(), hostIP: node.address };
      return { ...pod, spec: { ...pod.spec, nodeName: node.name }, status };
    },
    argv: () => undefined,
    async release(pod) {
      await untilWritten(() => api.discard(pod), retry);
      if (pod.status?.podIP !== undefined) addresses.giveBack(pod.status.podIP);
    },
  };
}

/** As the scheduler words it. Selectors and requests alone: nothing else is scheduled by here. */
function obstacleTo({ spec }: Pod, { labels, capacity }: NodeDescription): string | undefined {
  const strange = Object.entries(spec.nodeSelector ?? {}).find(([name, value]) => labels[name] !== value);
  if (strange !== undefined) return "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
  for (const resource of ['cpu', 'memory'] as const) {
    const wanted = spec.containers
      .map(({ resources }) => resources?.requests?.[resource] ?? resources?.limits?.[resource] ?? 0)
      .reduce<number>((total, amount) => total + (parseQuantity(amount) ?? 0), 0);
    if (wanted > (parseQuantity(capacity[resource]) ?? 0))
      return `0/1 nodes are available: 1 Insufficient ${resource}.`;
  }
  return undefined;
}
