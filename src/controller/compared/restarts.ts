// How often the containers of each version's pods have begun anew, as the cluster's own objects say.
// Never decides whether that is too often, nor why. Called at each look, for the gate that compares the two.
import type { OfVersions } from '../../analysis/blocks/blocks.ts';
import type { Pod } from '../../api/kubernetes.ts';
import type { ReadVersion } from '../read-version.ts';
import { podsOf } from '../versions.ts';

export interface Restarts {
  /** Of all containers of the pods that are there, since each pod began: it falls when a pod that had some goes. */
  readonly restarts: number;
  readonly pods: number;
}

/** Pods that were evicted or have come to their end are not there any more, though the cluster still lists them. */
export function restartsOf(versions: OfVersions<ReadVersion>, pods: readonly Pod[]): OfVersions<Restarts> {
  const of = ({ deployment }: ReadVersion): Restarts => {
    const present = deployment === undefined ? [] : podsOf(deployment, pods).filter(isThere);
    return { restarts: present.reduce((sum, pod) => sum + restartsIn(pod), 0), pods: present.length };
  };
  return { canary: of(versions.canary), stable: of(versions.stable) };
}

const isThere = ({ status }: Pod): boolean => status?.phase !== 'Failed' && status?.phase !== 'Succeeded';

const restartsIn = ({ status }: Pod): number =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].reduce(
    (sum, { restartCount = 0 }) => sum + restartCount,
    0,
  );
