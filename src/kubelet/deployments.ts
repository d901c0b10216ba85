// Keeps each Deployment's pods as its spec wants them, and its status true. Level-based: every turn reads all anew.
// Never starts a process (pods.ts does, when it sees the Pod object). Called by kubelet.ts.
import type { Deployment, DeploymentStatus, Pod } from '../api/kubernetes.ts';
import type { ObjectRef } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import { formatProblem, type Problem } from '../lib/problem.ts';
import type { Random } from '../lib/random.ts';
import { toTime } from '../lib/time.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import { checkKubelet } from './check.ts';
import { isReady, readyCondition } from './pod-status.ts';
import type { PortBook } from './ports.ts';
import { nextStep, type PodFacts } from './rollout.ts';
import { HASH_LABEL, podFor, podSuffix, templateHash } from './template.ts';

export interface DeploymentDeps {
  readonly objects: Objects;
  readonly clock: Clock;
  readonly random: Random;
  readonly ports: PortBook;
  readonly run: ReadonlyMap<string, string>;
}

/** One turn; answers after how many milliseconds to look again, when only time has to pass. */
export async function reconcile(ref: ObjectRef, deps: DeploymentDeps): Promise<number | undefined> {
  const { objects, clock } = deps;
  const deployment = (await objects.get(ref)) as Deployment | undefined;
  // What is being deleted loses its pods through their owner references.
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return undefined;
  const hash = templateHash(deployment.spec.template);
  const pods = await ownPods(deployment, objects);
  const facts = pods.map((pod) => factsOf(pod, deployment, hash, clock.now()));
  const problems = checkKubelet(deployment, { run: deps.run });
  const step = nextStep(deployment, facts);
  await updateStatus(deployment, facts, problems, deps);
  for (let made = 0; problems.length === 0 && made < step.create; made += 1) await createPod(deployment, hash, deps);
  for (const pod of pods.filter((one) => step.remove.includes(one.metadata.name))) await removePod(pod, objects);
  return nextAvailability(pods, facts, deployment, clock.now());
}

async function ownPods(deployment: Deployment, objects: Objects): Promise<readonly Pod[]> {
  const { items } = await objects.list('Pod', deployment.metadata.namespace);
  return (items as readonly Pod[]).filter((pod) =>
    pod.metadata.ownerReferences?.some((owner) => owner.uid === deployment.metadata.uid),
  );
}

function factsOf(pod: Pod, deployment: Deployment, hash: string, now: number): PodFacts {
  const leaving = pod.metadata.deletionTimestamp !== undefined;
  const ready = !leaving && isReady(pod);
  return {
    name: pod.metadata.name,
    current: pod.metadata.labels?.[HASH_LABEL] === hash,
    ready,
    available: ready && availableIn(pod, deployment, now) === 0,
    leaving,
    restarts: pod.status?.containerStatuses?.[0]?.restartCount ?? 0,
    createdAt: Date.parse(pod.metadata.creationTimestamp ?? ''),
  };
}

/** Milliseconds until a ready pod has been ready for minReadySeconds. */
function availableIn(pod: Pod, deployment: Deployment, now: number): number {
  const since = Date.parse(readyCondition(pod)?.lastTransitionTime ?? '');
  return Math.max(0, since + (deployment.spec.minReadySeconds ?? 0) * 1000 - now);
}

function nextAvailability(
  pods: readonly Pod[],
  facts: readonly PodFacts[],
  deployment: Deployment,
  now: number,
): number | undefined {
  const waits = pods
    .filter((_pod, index) => facts[index]?.ready === true && facts[index].available === false)
    .map((pod) => availableIn(pod, deployment, now));
  return waits.length === 0 ? undefined : Math.min(...waits);
}

async function createPod(deployment: Deployment, hash: string, deps: DeploymentDeps): Promise<void> {
  const wanted = deployment.spec.template.spec.containers[0]?.ports ?? [];
  const ports: number[] = [];
  try {
    for (const _port of wanted) ports.push(await deps.ports.take());
    await deps.objects.create(podFor(deployment, { hash, suffix: podSuffix(deps.random), ports }));
  } catch (error) {
    for (const port of ports) deps.ports.giveBack(port);
    // Another pod has the same five letters; the next turn draws others.
    if (error instanceof ObjectsError && error.reason === 'AlreadyExists')
      throw new ObjectsError('Conflict', error.message, { cause: error });
    throw error;
  }
}

async function removePod(pod: Pod, objects: Objects): Promise<void> {
  const { namespace = '', name, uid = '' } = pod.metadata;
  try {
    await objects.remove({ kind: 'Pod', namespace, name }, { uid });
  } catch (error) {
    if (!(error instanceof ObjectsError && error.reason === 'NotFound')) throw error;
  }
}

async function updateStatus(
  deployment: Deployment,
  facts: readonly PodFacts[],
  problems: readonly Problem[],
  { objects, clock }: DeploymentDeps,
): Promise<void> {
  const living = facts.filter((pod) => !pod.leaving);
  const count = (test: (pod: PodFacts) => boolean) => living.filter(test).length;
  const wanted = deployment.spec.replicas ?? 1;
  const available = count((pod) => pod.available);
  const refused = problems.length > 0;
  const conditions = [
    condition(deployment, clock, 'Available', available >= wanted, `${available} of ${wanted} pods are available`),
    ...(refused ? [condition(deployment, clock, 'ReplicaFailure', true, problems.map(formatProblem).join('\n'))] : []),
  ];
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas: living.length,
    updatedReplicas: count((pod) => pod.current),
    readyReplicas: count((pod) => pod.ready),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available),
    conditions,
  };
  await objects.updateStatus({ ...deployment, status });
}

interface DeploymentCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
}

function condition(deployment: Deployment, clock: Clock, type: string, holds: boolean, message: string) {
  const status = holds ? 'True' : 'False';
  const before = (deployment.status?.conditions as readonly DeploymentCondition[] | undefined)?.find(
    (known) => known.type === type,
  );
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : toTime(clock.now());
  return { type, status, reason: reasonOf(type, holds), message, lastTransitionTime };
}

function reasonOf(type: string, holds: boolean): string {
  if (type === 'ReplicaFailure') return 'NotSupported';
  return holds ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable';
}
