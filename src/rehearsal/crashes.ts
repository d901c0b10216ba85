// Tells which pods went down by themselves and when they were back, from their statuses: the users' account asks for it.
// Never counts a pod that was told to end. Called by users.ts with all pods, again and again.
import type { Pod } from '../api/kubernetes.ts';
import { isReady } from '../controller/versions.ts';
import { fromTime } from '../lib/time.ts';
import type { PodCrash, Version } from '../load/attribution.ts';

export interface CrashWatch {
  /** New crashes that these states of the pods show, and those that are over. */
  look(pods: readonly Pod[], now: number): readonly PodCrash[];
}

interface Known {
  readonly restarts: number;
  /** Some state since its last crash was a ready one. */
  readonly served: boolean;
  readonly down?: PodCrash;
}

export function watchCrashes(versionOf: (pod: Pod) => Version | undefined): CrashWatch {
  const known = new Map<string, Known>();

  const lookAt = (pod: Pod, now: number): readonly PodCrash[] => {
    const { name } = pod.metadata;
    const { restarts: before, served, down } = known.get(name) ?? { restarts: 0, served: false };
    const restarts = pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
    const toldToEnd = pod.metadata.deletionTimestamp !== undefined;
    if (down !== undefined) {
      // From here on it is missing by order.
      if (!toldToEnd && !isReady(pod)) return [];
      known.set(name, { restarts, served: isReady(pod) });
      return [{ ...down, to: now }];
    }
    const crashed = !toldToEnd && (restarts > before || hasEnded(pod));
    if (!crashed) {
      known.set(name, { restarts, served: served || isReady(pod) });
      return [];
    }
    const version = versionOf(pod);
    const crash = { pod: name, ...(version && { version }), from: downSince(pod, served) ?? now };
    known.set(name, { restarts, served: false, down: crash });
    return [crash];
  };

  /** A crashed pod that is no longer there was told to end between two looks. */
  const gone = (pods: readonly Pod[], now: number): readonly PodCrash[] => {
    const names = new Set(pods.map(({ metadata }) => metadata.name));
    return [...known].flatMap(([name, { down }]) => {
      if (names.has(name)) return [];
      known.delete(name);
      return down === undefined ? [] : [{ ...down, to: now }];
    });
  };

  return { look: (pods, now) => [...pods.flatMap((pod) => lookAt(pod, now)), ...gone(pods, now)] };
}

const statusOf = (pod: Pod) => pod.status?.containerStatuses?.[0];

const hasEnded = (pod: Pod): boolean => {
  const status = statusOf(pod);
  const isWaiting = status?.state?.waiting !== undefined && status.lastState?.terminated !== undefined;
  return status?.state?.terminated !== undefined || isWaiting;
};

/**
 * When its process ended, by the kubelet. One that is killed because it is not live ends later than it stops serving: then the
 * moment counts at which it was no longer ready. A pod that never served was not taken away from anybody.
 */
function downSince(pod: Pod, served: boolean): number | undefined {
  const status = statusOf(pod);
  const finished = (status?.state?.terminated ?? status?.lastState?.terminated)?.finishedAt;
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  const since = served && ready?.status === 'False' ? ready.lastTransitionTime : undefined;
  const times = [finished, since].filter((time) => time !== undefined).map(fromTime);
  return times.length === 0 ? undefined : Math.min(...times);
}
