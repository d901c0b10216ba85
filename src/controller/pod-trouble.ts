// What is wrong with one pod, or with a Deployment that gets no pods: read from their status, in the cluster's own words.
// Never decides what follows (canaryHealth and capacity do) and never reads objects. Called by versions.ts; pure.
// Source: kubernetes pkg/kubelet/{images,container,kuberuntime} (reasons of waiting containers), apps/v1 and core/v1 conditions.
import type { ContainerStatus, Deployment, Pod } from '../api/kubernetes.ts';
import { conditionOf, readyCondition } from '../api/readiness.ts';
import { type Trouble, type TroubleReason, worst } from '../release/trouble.ts';

/** One crash is bad luck; from the second restart on it is a loop. */
const LOOP_RESTARTS = 2;

/** Characters of what the cluster says, or of a container's last words. */
const LONGEST = 300;

const WAITING: Readonly<Record<string, TroubleReason>> = {
  ErrImagePull: 'ImagePullFailed',
  ImagePullBackOff: 'ImagePullFailed',
  ErrImageNeverPull: 'ImagePullFailed',
  ImageInspectError: 'ImagePullFailed',
  RegistryUnavailable: 'ImagePullFailed',
  SignatureValidationFailed: 'ImagePullFailed',
  InvalidImageName: 'ImagePullFailed',
  CreateContainerConfigError: 'ContainerConfigError',
  CreateContainerError: 'ContainerConfigError',
  RunContainerError: 'ContainerConfigError',
  PreCreateHookError: 'ContainerConfigError',
  PreStartHookError: 'ContainerConfigError',
  PostStartHookError: 'ContainerConfigError',
};

/** No new try makes a name of it. */
const HOPELESS = 'InvalidImageName';

/** `since`: kills for memory before then are not of this attempt. */
export function troubleOf(pod: Pod, since = 0): Trouble | undefined {
  const { phase } = pod.status ?? {};
  // A pod on its way out, or one that was evicted and has been replaced, is no trouble of the version's.
  if (pod.metadata.deletionTimestamp !== undefined || phase === 'Failed' || phase === 'Succeeded') return undefined;
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const found = containers.map((status) => containerTrouble(pod, status, since)).filter((one) => one !== undefined);
  return worst(found) ?? (readyCondition(pod)?.status === 'True' ? undefined : unready(pod));
}

function containerTrouble(pod: Pod, status: ContainerStatus, since: number): Trouble | undefined {
  const { state, restartCount = 0, name } = status;
  const where = `${pod.metadata.name}, container ${name}`;
  const waiting = state?.waiting;
  const loops = waiting?.reason === 'CrashLoopBackOff';
  if (restartCount >= LOOP_RESTARTS) {
    const ended = status.lastState?.terminated ?? state?.terminated;
    const restarted = `${where}: restarted ${restartCount} times${howEnded(status)}`;
    if (ended?.reason === 'OOMKilled' && (loops || Date.parse(ended.finishedAt ?? '') >= since))
      return { reason: 'OOMKilled', message: restarted, hopeless: true };
    if (loops) return { reason: 'CrashLoop', message: restarted, hopeless: true };
  }
  const known = WAITING[waiting?.reason ?? ''];
  if (waiting === undefined || known === undefined) return undefined;
  const said = waiting.message === undefined ? '' : `: ${oneLine(waiting.message)}`;
  const message = `${where}: ${waiting.reason}${said}`;
  return waiting.reason === HOPELESS ? { reason: known, message, hopeless: true } : { reason: known, message };
}

/** ", last exit code 137 (OOMKilled): out of memory" */
function howEnded({ state, lastState }: ContainerStatus): string {
  const ended = lastState?.terminated ?? state?.terminated;
  if (ended === undefined) return '';
  const reason = ended.reason === undefined ? '' : ` (${ended.reason})`;
  const words = ended.message === undefined || ended.message === '' ? '' : `: ${lastWords(ended.message)}`;
  return `, last exit code ${ended.exitCode}${reason}${words}`;
}

function unready(pod: Pod): Trouble {
  const name = pod.metadata.name;
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False') {
    const why = scheduled.message ?? scheduled.reason ?? 'no node takes it';
    return { reason: 'Unschedulable', message: `${name}: ${oneLine(why)}` };
  }
  const statuses = pod.status?.containerStatuses ?? [];
  const runs = statuses.length > 0 && statuses.every(({ state }) => state?.running !== undefined);
  const waiting = statuses.map(({ state }) => state?.waiting).find((one) => one !== undefined);
  const said = runs ? readyCondition(pod)?.message : (waiting?.message ?? waiting?.reason);
  const ended = statuses.map(howEnded).find((text) => text !== '') ?? '';
  const what = runs ? 'runs and is not ready' : 'has not started';
  const message = `${name}: ${what}${said === undefined ? '' : `: ${oneLine(said)}`}${ended}`;
  return { reason: runs ? 'Unready' : 'NotStarted', message };
}

/** Pods that the Deployment could not even make: the API server's own words, from ReplicaSet to Deployment. */
export function refusalOf(deployment: Deployment): Trouble | undefined {
  const conditions = (deployment.status?.conditions ?? []) as readonly DeploymentCondition[];
  const failure = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  if (failure === undefined) return undefined;
  const message = `${deployment.metadata.name}: ${oneLine(failure.message ?? failure.reason ?? 'no pod can be made')}`;
  // Source: kubernetes plugin/pkg/admission/resourcequota: "exceeded quota: …", "failed quota: …", "insufficient quota to match these scopes".
  const quota = /\b(exceeded|failed|insufficient) quota\b/.test(failure.message ?? '');
  return { reason: quota ? 'QuotaExceeded' : 'PodsRefused', message };
}

/** apps/v1 DeploymentCondition, as far as it is read here. */
interface DeploymentCondition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Its lines in one; a sentence of the cluster's begins with what matters. */
function oneLine(text: string): string {
  const line = joined(text);
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}

/** What a container wrote last says most. */
function lastWords(text: string): string {
  const line = joined(text);
  return line.length <= LONGEST ? line : `…${line.slice(1 - LONGEST)}`;
}

const joined = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, ' / ');
