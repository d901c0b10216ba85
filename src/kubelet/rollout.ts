// What a Deployment needs next: how many pods to make, which to end. Scaling and rolling updates are one question.
// Never writes and never waits. Called by deployments.ts; pure. Source: kube-controller-manager's deployment rolling.go.
import type { Deployment } from '../api/kubernetes.ts';

export interface PodFacts {
  readonly name: string;
  /** Made from the present template. */
  readonly current: boolean;
  readonly ready: boolean;
  /** Ready for at least minReadySeconds. */
  readonly available: boolean;
  readonly leaving: boolean;
  readonly restarts: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface RolloutStep {
  readonly create: number;
  /** Names of pods to end. */
  readonly remove: readonly string[];
}

export function nextStep(deployment: Deployment, pods: readonly PodFacts[]): RolloutStep {
  const wanted = deployment.spec.replicas ?? 1;
  const living = pods.filter((pod) => !pod.leaving);
  const current = living.filter((pod) => pod.current);
  const old = living.filter((pod) => !pod.current);
  const surplus = byExpendability(current).slice(0, Math.max(0, current.length - wanted));
  const missing = Math.max(0, wanted - current.length);

  if (deployment.spec.strategy?.type === 'Recreate') {
    const oneIsLeft = pods.some((pod) => !pod.current);
    return { create: oneIsLeft ? 0 : missing, remove: names([...old, ...surplus]) };
  }
  const { maxSurge, maxUnavailable } = allowance(deployment, wanted);
  const room = Math.max(0, wanted + maxSurge - living.length);
  const retired = retire(old, current, Math.max(0, wanted - maxUnavailable));
  return { create: Math.min(missing, room), remove: names([...surplus, ...retired]) };
}

/** Old pods that may go now: broken ones first, since nobody misses them; others only while enough stay available. */
function retire(old: readonly PodFacts[], current: readonly PodFacts[], least: number): readonly PodFacts[] {
  const notYet = current.filter((pod) => !pod.available).length;
  const broken = old
    .filter((pod) => !pod.available)
    .slice(0, Math.max(0, old.length + current.length - least - notYet));
  const available = [...old, ...current].filter((pod) => pod.available).length;
  const spare = byExpendability(old.filter((pod) => pod.available)).slice(0, Math.max(0, available - least));
  return [...broken, ...spare];
}

export function allowance(deployment: Deployment, wanted: number): { maxSurge: number; maxUnavailable: number } {
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = portion(maxSurge, wanted, Math.ceil);
  const unavailable = portion(maxUnavailable, wanted, Math.floor);
  // Both zero would never move; Kubernetes lets one pod be missing then.
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

const portion = (amount: string | number, of: number, round: (value: number) => number): number =>
  typeof amount === 'number' ? amount : round((Number(amount.replace('%', '')) * of) / 100);

/** First those who serve nobody, then the restless, then the youngest. */
const byExpendability = (pods: readonly PodFacts[]): readonly PodFacts[] =>
  [...pods].sort((a, b) => Number(a.ready) - Number(b.ready) || b.restarts - a.restarts || b.createdAt - a.createdAt);

const names = (pods: readonly PodFacts[]): readonly string[] => pods.map((pod) => pod.name);
