// Tells which pods went down by themselves and when they were back, from their statuses: the users' account asks for it.
// Never counts a pod that was told to end. Called by rehearse.ts with each change of a pod.
import type { Pod } from '../api/kubernetes.ts';
import { isReady } from '../controller/versions.ts';
import type { PodCrash } from '../load/attribution.ts';

export interface CrashWatch {
  /** New or completed crashes that this state of the pod shows. */
  look(pod: Pod, now: number): readonly PodCrash[];
}

interface Known {
  readonly restarts: number;
  readonly down?: number;
}

export function watchCrashes(): CrashWatch {
  const known = new Map<string, Known>();
  return {
    look(pod, now) {
      const { name } = pod.metadata;
      const before = known.get(name) ?? { restarts: 0 };
      const status = pod.status?.containerStatuses?.[0];
      const restarts = status?.restartCount ?? 0;
      const ended =
        status?.state?.terminated !== undefined ||
        (status?.state?.waiting !== undefined && status.lastState?.terminated !== undefined);
      const toldToEnd = pod.metadata.deletionTimestamp !== undefined;
      if (before.down !== undefined && isReady(pod)) {
        known.set(name, { restarts });
        return [{ pod: name, from: before.down, to: now }];
      }
      if (toldToEnd || before.down !== undefined || (!ended && restarts <= before.restarts)) return [];
      known.set(name, { restarts, down: now });
      return [{ pod: name, from: now }];
    },
  };
}
