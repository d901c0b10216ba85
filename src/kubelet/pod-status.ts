// A Pod's status in Kubernetes' words, from what the kubelet knows of its one container.
// Never writes it (reporter.ts does). Called by pod.ts and reporter.ts; pure.
import { constants } from 'node:os';
import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../api/kubernetes.ts';

export { isReady, readyCondition } from '../api/readiness.ts';

import type { Millis } from '../lib/clock.ts';
import { toTime } from '../lib/time.ts';
import { LOOPBACK } from './field-ref.ts';
import type { Exit } from './process.ts';

export type ContainerState = NonNullable<ContainerStatus['state']>;

/** A type, not an interface: it goes where JSON with further fields is expected. */
export type Terminated = {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
};

/** Everything that can change about a running pod. */
export interface PodView {
  /** Exactly one of waiting, running, terminated. */
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
  readonly restartCount: number;
  readonly started: boolean;
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly message: string;
}

export const NEW_POD: PodView = {
  state: { waiting: { reason: 'ContainerCreating' } },
  restartCount: 0,
  started: false,
  ready: false,
  message: 'the container has not started yet',
};

/** Where a pod is reached, and the machine that it runs on. */
export interface PodAddress {
  readonly podIP: string;
  readonly hostIP: string;
}

/** On one machine every pod has the loopback address; on a node it is what was given to it (node-home.ts). */
export const addressOf = ({ status }: Pod): PodAddress => ({
  podIP: status?.podIP ?? LOOPBACK,
  hostIP: status?.hostIP ?? LOOPBACK,
});

export function podStatus(pod: Pod, view: PodView, now: Millis, address: PodAddress = addressOf(pod)): PodStatus {
  const [container] = pod.spec.containers;
  const status: ContainerStatus = {
    name: container?.name ?? '',
    ready: view.ready,
    started: view.started,
    restartCount: view.restartCount,
    state: view.state,
    ...(view.lastState === undefined ? {} : { lastState: view.lastState }),
    ...(container?.image === undefined ? {} : { image: container.image }),
  };
  const leaving = pod.metadata.deletionTimestamp !== undefined;
  const unready = view.ready ? {} : { reason: leaving ? 'Terminating' : 'ContainersNotReady', message: view.message };
  return {
    phase: view.state.waiting !== undefined && view.lastState === undefined ? 'Pending' : 'Running',
    podIP: address.podIP,
    podIPs: [{ ip: address.podIP }],
    hostIP: address.hostIP,
    startTime: pod.status?.startTime ?? toTime(now),
    conditions: [
      condition(pod, now, { type: 'PodScheduled', status: 'True' }),
      condition(pod, now, { type: 'Initialized', status: 'True' }),
      condition(pod, now, { type: 'ContainersReady', status: view.ready ? 'True' : 'False', ...unready }),
      condition(pod, now, { type: 'Ready', status: view.ready ? 'True' : 'False', ...unready }),
    ],
    containerStatuses: [status],
  };
}

/** lastTransitionTime moves only when the status does. */
function condition(pod: Pod, now: Millis, fresh: PodCondition): PodCondition {
  const before = pod.status?.conditions?.find((known) => known.type === fresh.type);
  const lastTransitionTime =
    before?.status === fresh.status && before.lastTransitionTime !== undefined
      ? before.lastTransitionTime
      : toTime(now);
  return { ...fresh, lastTransitionTime };
}

/** `killedBecause` is set when the kubelet ended it, for example for a failed liveness probe. */
export function terminated(exit: Exit, startedAt: Millis, output: string, killedBecause?: string): Terminated {
  const times = { startedAt: toTime(startedAt), finishedAt: toTime(exit.at) };
  const withMessage = (text: string) => (text === '' ? {} : { message: text });
  if (exit.kind === 'notStarted') return { exitCode: 128, reason: 'StartError', message: exit.message, ...times };
  const message = withMessage([killedBecause, output].filter((text) => text !== undefined && text !== '').join('\n'));
  if (exit.kind === 'signalled') {
    const signal = constants.signals[exit.signal];
    return { exitCode: 128 + signal, signal, reason: 'Error', ...message, ...times };
  }
  return { exitCode: exit.code, reason: exit.code === 0 ? 'Completed' : 'Error', ...message, ...times };
}
