// What a cached view keeps of the kinds that are many and large: of pods what Serin reads, of ConfigMaps and Secrets a hash.
// Never for writing: what was trimmed cannot be written back. Called by cached.ts; pure.
import { hashedConfig } from '../api/config-content.ts';
import type { ContainerStatus, Pod, PodCondition } from '../api/kubernetes.ts';
import type { KubeObject, ObjectMeta } from '../api/object.ts';

export type Projection = (object: KubeObject) => KubeObject;

/** A field of a pod that Serin comes to read is added here. */
export const PROJECTIONS: Readonly<Record<string, Projection>> = {
  Pod: (object) => compact(trimmedPod(object as Pod)),
  ConfigMap: (object) => compact(trimmedConfig(object)),
  Secret: (object) => compact(trimmedConfig(object)),
};

/** Annotations of pods that say something to Serin: where to scrape, what the mesh did to them. */
const ANNOTATIONS = /^(prometheus\.io|sidecar\.istio\.io|traffic\.sidecar\.istio\.io|ambient\.istio\.io|istio\.io)\//;
/** The mesh's own notes can be long; whether they are there is what counts. */
const LONGEST_ANNOTATION = 200;
/** Conditions that say something about more than themselves. */
const CONDITIONS = ['Ready', 'PodScheduled', 'DisruptionTarget'];

/** Without what is absent, and as small as a parser makes it: objects put together field by field take twice the memory. */
const compact = (object: object): KubeObject => JSON.parse(JSON.stringify(object)) as KubeObject;

type Containers = Pod['spec']['containers'];

function trimmedPod({ apiVersion, kind, metadata, spec, status }: Pod): object {
  return {
    apiVersion,
    kind,
    metadata: trimmedMetadata(metadata),
    spec: {
      containers: trimmedContainers(spec.containers),
      initContainers: spec.initContainers && trimmedContainers(spec.initContainers),
    },
    status: status && {
      phase: status.phase,
      reason: status.reason,
      message: status.message,
      podIP: status.podIP,
      conditions: status.conditions?.filter(({ type }) => CONDITIONS.includes(type)).map(trimmedCondition),
      initContainerStatuses: status.initContainerStatuses?.map(trimmedStatus),
      containerStatuses: status.containerStatuses?.map(trimmedStatus),
    },
  };
}

const trimmedContainers = (containers: Containers): object =>
  containers.map(({ name, restartPolicy, ports }) => ({
    name,
    restartPolicy,
    ports: ports?.map(({ name: port, containerPort, hostPort }) => ({ name: port, containerPort, hostPort })),
  }));

function trimmedMetadata({ annotations, ownerReferences, ...metadata }: ObjectMeta): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels } = metadata;
  const telling = Object.entries(annotations ?? {}).filter(([key]) => ANNOTATIONS.test(key));
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    deletionTimestamp,
    labels,
    annotations:
      telling.length === 0
        ? undefined
        : Object.fromEntries(telling.map(([key, value]) => [key, value.slice(0, LONGEST_ANNOTATION)])),
    ownerReferences: ownerReferences?.map(({ blockOwnerDeletion: _, ...owner }) => owner),
  };
}

/** Of a condition that holds, nobody reads why. */
const trimmedCondition = ({ type, status, reason, message, lastTransitionTime }: PodCondition): object =>
  status === 'True' ? { type, status, lastTransitionTime } : { type, status, reason, message, lastTransitionTime };

const trimmedStatus = ({ name, ready, started, restartCount, state, lastState }: ContainerStatus): object => ({
  name,
  ready,
  started,
  restartCount,
  state: trimmedState(state),
  lastState: trimmedState(lastState),
});

function trimmedState(state: ContainerStatus['state']): object | undefined {
  const { waiting, running, terminated } = state ?? {};
  if (terminated !== undefined) {
    const { exitCode, reason, message, startedAt, finishedAt } = terminated;
    return { terminated: { exitCode, reason, message, startedAt, finishedAt } };
  }
  return waiting === undefined && running === undefined ? undefined : { waiting, running };
}

function trimmedConfig(config: KubeObject): object {
  const { name, namespace, uid, resourceVersion } = config.metadata;
  return hashedConfig({ ...config, metadata: { name, namespace, uid, resourceVersion } as ObjectMeta });
}
