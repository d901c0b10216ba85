// What a cached view keeps of the kinds that are many and large: of pods what Serin reads, of ConfigMaps and Secrets a hash.
// Never for writing: what was trimmed cannot be written back. Called by cached.ts; pure.
import { hashedConfig } from '../api/config-content.ts';
import type { ContainerStatus, Pod, PodCondition } from '../api/kubernetes.ts';
import type { KubeObject, ObjectMeta } from '../api/object.ts';

export type Projection = (object: KubeObject) => KubeObject;

/** A field of a pod that Serin comes to read is added here. */
export const PROJECTIONS: Readonly<Record<string, Projection>> = {
  Pod: (object) => trimmedPod(object as Pod),
  ConfigMap: (object) => trimmedConfig(object),
  Secret: (object) => trimmedConfig(object),
};

/** Annotations of pods that say something to Serin: where to scrape, what the mesh did to them. */
const ANNOTATIONS = /^(prometheus\.io|sidecar\.istio\.io|traffic\.sidecar\.istio\.io|ambient\.istio\.io|istio\.io)\//;
/** The mesh's own notes can be long; whether they are there is what counts. */
const LONGEST_ANNOTATION = 200;

function trimmedPod({ apiVersion, kind, metadata, spec, status }: Pod): KubeObject {
  const containers = spec.containers.map(({ name, ports, readinessProbe }) => {
    const kept = (ports ?? []).map(({ name: port, containerPort, hostPort }) =>
      defined({ name: port, containerPort, hostPort }),
    );
    return defined({ name, ports: ports && kept, readinessProbe });
  });
  return {
    apiVersion,
    kind,
    metadata: trimmedMetadata(metadata),
    spec: defined({
      nodeName: spec.nodeName,
      containers,
      initContainers: spec.initContainers?.map(({ name, restartPolicy }) => defined({ name, restartPolicy })),
    }),
    ...(status === undefined
      ? {}
      : {
          status: defined({
            phase: status.phase,
            reason: status.reason,
            message: status.message,
            podIP: status.podIP,
            startTime: status.startTime,
            conditions: status.conditions?.map(trimmedCondition),
            initContainerStatuses: (status as WithInit).initContainerStatuses?.map(trimmedStatus),
            containerStatuses: status.containerStatuses?.map(trimmedStatus),
          }),
        }),
  };
}

interface WithInit {
  readonly initContainerStatuses?: readonly ContainerStatus[];
}

function trimmedMetadata({ annotations, ownerReferences, finalizers: _, ...metadata }: ObjectMeta): ObjectMeta {
  const telling = Object.entries(annotations ?? {}).filter(([name]) => ANNOTATIONS.test(name));
  return defined({
    ...metadata,
    annotations:
      telling.length === 0
        ? undefined
        : Object.fromEntries(telling.map(([name, value]) => [name, value.slice(0, LONGEST_ANNOTATION)])),
    ownerReferences: ownerReferences?.map(({ blockOwnerDeletion: __, ...owner }) => owner),
  }) as ObjectMeta;
}

/** Of a condition that holds, nobody reads why. */
const trimmedCondition = ({ type, status, reason, message, lastTransitionTime }: PodCondition): PodCondition =>
  defined(
    status === 'True' ? { type, status, lastTransitionTime } : { type, status, reason, message, lastTransitionTime },
  ) as PodCondition;

const trimmedStatus = ({ name, ready, started, restartCount, state, lastState }: ContainerStatus): ContainerStatus =>
  defined({
    name,
    ready,
    started,
    restartCount,
    state: trimmedState(state),
    lastState: trimmedState(lastState),
  }) as ContainerStatus;

type ContainerState = ContainerStatus['state'];

function trimmedState(state: ContainerState): ContainerState {
  const { waiting, running, terminated } = state ?? {};
  if (waiting === undefined && running === undefined && terminated === undefined) return undefined;
  if (terminated === undefined) return defined({ waiting, running }) as ContainerState;
  const { exitCode, reason, message, finishedAt } = terminated;
  return { terminated: defined({ exitCode, reason, message, finishedAt }) } as ContainerState;
}

function trimmedConfig(config: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = config.metadata;
  return hashedConfig({ ...config, metadata: defined({ name, namespace, uid, resourceVersion }) as ObjectMeta });
}

/** Without the fields that are absent: each would cost as much as one that is there. */
const defined = <Fields extends object>(fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
