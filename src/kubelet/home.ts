// Where pods live: which are run here, where each is reached, and how its object goes when nothing of it runs any more.
// Two of them: one machine with its own Deployment loop (local-home.ts), a node of a real cluster (node-home.ts). Used by pods.ts.
import type { Pod } from '../api/kubernetes.ts';
import type { Change } from '../objects/informer.ts';

/** What is to become of a pod that is not running here yet. */
export type Judgement = 'run' | 'release' | 'ignore';

export interface PodHome {
  judge(change: Change, pod: Pod): Judgement;
  /** Before the pod starts: the pod with its address in its status; undefined when it cannot run here after all. */
  settle(pod: Pod): Promise<Pod | undefined>;
  /** The command to start instead of the container's own. */
  argv(pod: Pod): readonly string[] | undefined;
  /** Nothing of it runs any more: lets the object go, and its address. */
  release(pod: Pod): Promise<void>;
}
