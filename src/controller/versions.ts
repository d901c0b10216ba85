// The state of one version's pods, from its Deployment and Pod objects.
// Never reads objects (gather does). Called by gather; pure.
import type { Deployment, Pod, PodTemplateSpec } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import { isReady as hasBecomeReady } from '../api/readiness.ts';
import { picks } from '../api/selector.ts';
import type { VersionState } from '../release/input.ts';
import { revisionOf } from '../release/revision.ts';
import { worst } from '../release/trouble.ts';
import { refusalOf, troubleOf } from './pod-trouble.ts';
import type { ReadVersion } from './read-version.ts';

const GONE: VersionState = { found: false, revision: '', wanted: 0, ready: 0, running: 0, startupMs: 0 };

/** `since`: when the attempt began; what befell a pod's containers before then is no trouble of the canary's. */
export function versionState(
  { deployment, configs, autoscaler }: ReadVersion,
  pods: readonly Pod[],
  since = 0,
): VersionState {
  if (deployment === undefined) return GONE;
  const own = podsOf(deployment, pods);
  const refusal = refusalOf(deployment);
  const rollsOut = isRollingOut(deployment);
  const meant = rollsOut ? ofNewTemplate(deployment, own) : own;
  const troubles = meant.map((pod) => troubleOf(pod, since)).filter((trouble) => trouble !== undefined);
  const trouble = worst(refusal === undefined ? troubles : [...troubles, refusal]);
  return {
    found: true,
    revision: revisionOf(deployment, configs),
    wanted: deployment.spec.replicas ?? 1,
    ready: own.filter(isReady).length,
    running: own.filter(hasRunningContainer).length,
    startupMs: startupMs(deployment.spec.template),
    ...(rollsOut ? { rollsOut } : {}),
    ...(trouble === undefined ? {} : { trouble }),
    ...(autoscaler === undefined ? {} : { mostReplicas: autoscaler.spec.maxReplicas }),
  };
}

/** Source: kubernetes pkg/controller/deployment/util, DeploymentComplete; of a Deployment without a status nothing is known. */
function isRollingOut({ metadata, status }: Deployment): boolean {
  const { observedGeneration, replicas = 0, updatedReplicas = 0 } = status ?? {};
  if (observedGeneration === undefined) return false;
  return observedGeneration < (metadata.generation ?? 0) || updatedReplicas < replicas;
}

const TEMPLATE_HASH = 'pod-template-hash';

/** While older pods are still there: those with the label of the youngest. What is wrong with the others was the older template's. */
function ofNewTemplate({ metadata, status }: Deployment, pods: readonly Pod[]): readonly Pod[] {
  const seen = status?.observedGeneration === metadata.generation;
  if (!seen || (status?.updatedReplicas ?? 0) === 0) return [];
  const born = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp ?? '') || 0;
  const youngest = Math.max(...pods.map(born));
  const hashes = new Set(pods.filter((pod) => born(pod) === youngest).map(hashOf));
  return pods.filter((pod) => hashes.has(hashOf(pod)));
}

const hashOf = (pod: Pod): string => pod.metadata.labels?.[TEMPLATE_HASH] ?? '';

/** How long its own probes allow a pod for its start, on top of what any pod may take. */
function startupMs({ spec }: PodTemplateSpec): number {
  const seconds = spec.containers.map(({ startupProbe, readinessProbe }) => {
    const tries =
      (startupProbe?.failureThreshold || DEFAULT_FAILURES) * (startupProbe?.periodSeconds || DEFAULT_PERIOD_S);
    const startup = startupProbe === undefined ? 0 : (startupProbe.initialDelaySeconds ?? 0) + tries;
    return startup + (readinessProbe?.initialDelaySeconds ?? 0);
  });
  return Math.max(0, ...seconds) * 1000;
}

/** Kubernetes' defaults of `failureThreshold` and `periodSeconds`. */
const DEFAULT_FAILURES = 3;
const DEFAULT_PERIOD_S = 10;

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
  const trouble = troubleOf(pod);
  return trouble?.reason === 'CrashLoop' || trouble?.reason === 'OOMKilled' ? trouble.message : undefined;
}
