// Requests one by one, from a seed: who got each, when it was answered, how long it took, whether it failed. And so what is true
// of any span of time. Never counts or scrapes (sim-scrapes.ts does). Used by the tests of blocks, and by benchmarks of decisions.
import type { Random } from '../../src/lib/random.ts';

export interface SimPodPlan {
  readonly name: string;
  readonly startsAt: number;
  readonly endsAt?: number;
  /** Its process begins anew so often, and its counters with it. */
  readonly restartsEveryMs?: number;
}

export type SimArrivals =
  /** Poisson. `perSecond` is never above `most`. */
  | { readonly kind: 'own'; readonly perSecond: (time: number) => number; readonly most: number }
  /** Each request of stable, with this probability. */
  | { readonly kind: 'copies'; readonly share: (time: number) => number };

export interface SimVersionPlan {
  readonly pods: readonly SimPodPlan[];
  readonly arrivals: SimArrivals;
  /** Probability; of the time at which the request came. */
  readonly failing: (time: number, pod: string) => number;
  /** Left out: no time at all. */
  readonly latencyMs?: (random: Random, time: number, pod: string) => number;
  /** CPU seconds of one request. */
  readonly cpuSeconds?: (random: Random, time: number, pod: string) => number;
}

export interface SimPlan {
  readonly from: number;
  readonly to: number;
  readonly stable: SimVersionPlan;
  readonly canary: SimVersionPlan;
}

export interface SimAnswer {
  /** When it was answered, which is when it is counted. */
  readonly at: number;
  readonly latencyMs: number;
  readonly failed: boolean;
  readonly cpuSeconds: number;
}

export interface SimPod {
  readonly plan: SimPodPlan;
  /** In the order of time. A request that was not answered when its pod ended is in none. */
  readonly answers: readonly SimAnswer[];
}

export type SimRequests = Readonly<Record<'stable' | 'canary', readonly SimPod[]>>;

export function simulateRequests({ from, to, stable, canary }: SimPlan, random: Random): SimRequests {
  const came = arrivalsOf(stable.arrivals, [], from, to, random);
  const copies = arrivalsOf(canary.arrivals, came, from, to, random);
  return { stable: answered(stable, came, random), canary: answered(canary, copies, random) };
}

/** Answers in (from, to]. */
export const answersIn = ({ answers }: SimPod, from: number, to: number): readonly SimAnswer[] =>
  answers.filter(({ at }) => at > from && at <= to);

/** Thinning (Lewis and Shedler, 1979): of a steady stream at the highest rate, each is kept with the rate's probability. */
function arrivalsOf(
  arrivals: SimArrivals,
  stable: readonly number[],
  from: number,
  to: number,
  random: Random,
): readonly number[] {
  if (arrivals.kind === 'copies') return stable.filter((time) => random() < arrivals.share(time));
  const times: number[] = [];
  if (arrivals.most <= 0) return times;
  let time = from;
  for (;;) {
    time += (-Math.log(1 - random()) * 1000) / arrivals.most;
    if (time > to) return times;
    if (random() * arrivals.most < arrivals.perSecond(time)) times.push(time);
  }
}

/** Each by one of the pods that are there, all alike. */
function answered(plan: SimVersionPlan, times: readonly number[], random: Random): readonly SimPod[] {
  const pods = plan.pods.map((pod) => ({ plan: pod, answers: [] as SimAnswer[] }));
  for (const time of times) {
    const there = pods.filter(({ plan: { startsAt, endsAt = Infinity } }) => startsAt <= time && time < endsAt);
    const pod = there[Math.floor(random() * there.length)];
    if (pod === undefined) continue;
    const { name, endsAt = Infinity } = pod.plan;
    const latencyMs = plan.latencyMs?.(random, time, name) ?? 0;
    const failed = random() < plan.failing(time, name);
    const cpuSeconds = plan.cpuSeconds?.(random, time, name) ?? 0;
    if (time + latencyMs < endsAt) pod.answers.push({ at: time + latencyMs, latencyMs, failed, cpuSeconds });
  }
  for (const { answers } of pods) answers.sort((a, b) => a.at - b.at);
  return pods;
}

/** When its processes began, the first with the pod. */
export function lifeStarts({ startsAt, endsAt, restartsEveryMs }: SimPodPlan, to: number): readonly number[] {
  const starts = [startsAt];
  if (restartsEveryMs === undefined) return starts;
  for (let time = startsAt + restartsEveryMs; time <= Math.min(to, endsAt ?? to); time += restartsEveryMs)
    starts.push(time);
  return starts;
}
