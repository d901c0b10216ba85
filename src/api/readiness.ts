// Whether a pod is ready, by its own condition.
// Never whether it is on its way out (whoever sends traffic looks at the deletion too). Called by mesh, kubelet, controller.
import type { Pod, PodCondition } from './kubernetes.ts';

export const conditionOf = (pod: Pod, name: string): PodCondition | undefined =>
  pod.status?.conditions?.find(({ type }) => type === name);

export const readyCondition = (pod: Pod): PodCondition | undefined => conditionOf(pod, 'Ready');

export const isReady = (pod: Pod): boolean => readyCondition(pod)?.status === 'True';
