// The state of one version's pods, from its Deployment and Pod objects.
// Never reads objects (gather does). Called by gather; pure.
import type { Deployment, Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import { isReady as hasBecomeReady } from '../api/readiness.ts';
import { picks } from '../api/selector.ts';
import type { VersionState } from '../release/input.ts';
import { type ConfigFingerprint, revisionOf } from '../release/revision.ts';

/** One crash is bad luck; from the second restart on it is a loop. */
const LOOP_RESTARTS = 2;

export function versionState(
  deployment: Deployment | undefined,
  pods: readonly Pod[],
  configs: readonly ConfigFingerprint[],
): VersionState {
  if (deployment === undefined) return { found: false, revision: '', wanted: 0, ready: 0, running: 0 };
  const own = podsOf(deployment, pods);
  const crashLoop = own.map(crashLoopOf).find((why) => why !== undefined);
  return {
    found: true,
    revision: revisionOf(deployment, configs),
    wanted: deployment.spec.replicas ?? 1,
    ready: own.filter(isReady).length,
    running: own.filter(hasRunningContainer).length,
    ...(crashLoop === undefined ? {} : { crashLoop }),
  };
}

export function podsOf(deployment: Deployment, pods: readonly Pod[]): readonly Pod[] {
  const { selector } = deployment.spec;
  return pods.filter(
    (pod) => refOf(pod).namespace === refOf(deployment).namespace && picks(selector, pod.metadata.labels ?? {}),
  );
}

/** Ready and not being ended. */
export const isReady = (pod: Pod): boolean => pod.metadata.deletionTimestamp === undefined && hasBecomeReady(pod);

export const hasRunningContainer = (pod: Pod): boolean =>
  (pod.status?.containerStatuses ?? []).some(({ state }) => state?.running !== undefined);

/** Why, when the pod is in a crash loop. */
export function crashLoopOf(pod: Pod): string | undefined {
  const looping = (pod.status?.containerStatuses ?? []).find(
    ({ state, restartCount }) => state?.waiting?.reason === 'CrashLoopBackOff' && (restartCount ?? 0) >= LOOP_RESTARTS,
  );
  if (looping === undefined) return undefined;
  const ended = looping.lastState?.terminated;
  const why =
    ended === undefined
      ? ''
      : `, last exit code ${ended.exitCode}${ended.reason === undefined ? '' : ` (${ended.reason})`}`;
  return `${pod.metadata.name} restarted ${looping.restartCount} times${why}`;
}
