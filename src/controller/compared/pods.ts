// What is known of the pods behind samples: when they started, were ready, ended, and what their probes add; kept once they are gone.
// Never reads objects or samples. Called before blocks are read, with what a look has found.
import type { OfVersions, PodFacts, ProbeLoad } from '../../analysis/blocks/blocks.ts';
import { probeRate, startupProbes } from '../../analysis/probes.ts';
import type { ContainerStatus, Pod, Service } from '../../api/kubernetes.ts';
import { readyCondition } from '../../api/readiness.ts';
import type { Millis } from '../../lib/clock.ts';
import type { ReadVersion } from '../read-version.ts';
import { startsOf } from '../traffic.ts';
import { podsOf } from '../versions.ts';

/** `countsProbes`: of the profile. Where others count the pods' requests, the readings of these leave their facts out. */
export function podFactsOf(
  versions: OfVersions<ReadVersion>,
  pods: readonly Pod[],
  service: Service | undefined,
  countsProbes: boolean,
): OfVersions<readonly PodFacts[]> {
  const of = ({ deployment }: ReadVersion): readonly PodFacts[] => {
    if (deployment === undefined) return [];
    const { template } = deployment.spec;
    const own = podsOf(deployment, pods);
    if (!countsProbes || service === undefined) return own.map((pod) => factsOf(pod));
    const perSecond = probeRate(template, service);
    const starts = startsOf(own, startupProbes(template, service));
    return own.map((pod) => factsOf(pod, { perSecond, starting: starts.get(pod.metadata.name) }));
  };
  return { canary: of(versions.canary), stable: of(versions.stable) };
}

interface Probing {
  readonly perSecond: number;
  readonly starting: ProbeLoad['starting'] | undefined;
}

function factsOf(pod: Pod, probing?: Probing): PodFacts {
  const ready = readyCondition(pod);
  const [startedAt, endedAt] = [startOf(pod), endOf(pod)];
  // A pod that is ready and does not say since when has long been so.
  const readyAt = ready?.status === 'True' ? (timeOf(ready.lastTransitionTime) ?? startedAt ?? 0) : undefined;
  const probes = probing && loadOf(probing);
  return {
    name: pod.metadata.name,
    ...(startedAt !== undefined && { startedAt }),
    ...(readyAt !== undefined && { readyAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(probes !== undefined && { probes }),
  };
}

function loadOf({ perSecond, starting }: Probing): ProbeLoad | undefined {
  if (starting !== undefined) return { perSecond, starting };
  return perSecond > 0 ? { perSecond } : undefined;
}

/** Of its first container. A container that began anew more than once does not tell its first start any more. */
function startOf({ status }: Pod): Millis | undefined {
  const containers = status?.containerStatuses ?? [];
  const starts = containers.filter(hasBegun).map(firstStart);
  if (starts.length === 0 || starts.includes(undefined)) return undefined;
  return Math.min(...starts.filter((start) => start !== undefined));
}

const hasBegun = ({ restartCount = 0, state }: ContainerStatus): boolean =>
  restartCount > 0 || state?.running !== undefined || state?.terminated !== undefined;

function firstStart({ restartCount = 0, state, lastState }: ContainerStatus): Millis | undefined {
  if (restartCount > 1) return undefined;
  if (restartCount === 1) return timeOf(startedIn(lastState));
  return timeOf(startedIn(state) ?? startedIn(lastState));
}

const startedIn = (state: ContainerStatus['state']): string | undefined =>
  state?.running?.startedAt ?? state?.terminated?.startedAt;

/**
 * Kubernetes' default for the time that a pod has to end. A deletion has the time by which it must have, or in this project's own
 * server the time at which it was asked: with this on top neither is earlier than the end.
 */
const GRACE_MS = 30_000;

/** No earlier than it ended; so no sample of it is lost, whenever this was looked at. */
function endOf({ metadata: { deletionTimestamp }, status }: Pod): Millis | undefined {
  const deleted = timeOf(deletionTimestamp);
  const ended =
    status?.phase === 'Failed' || status?.phase === 'Succeeded' ? lastEnd(status.containerStatuses) : undefined;
  const ends = [...(deleted === undefined ? [] : [deleted + GRACE_MS]), ...(ended === undefined ? [] : [ended])];
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** Undefined unless every container says when it ended. */
function lastEnd(containers: readonly ContainerStatus[] = []): Millis | undefined {
  const ends = containers.map(({ state }) => timeOf(state?.terminated?.finishedAt));
  return ends.length === 0 || ends.includes(undefined) ? undefined : Math.max(...ends.map((end) => end ?? 0));
}

function timeOf(text: string | undefined): Millis | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}

export interface FactsLook {
  /** When `now` was read. */
  readonly at: Millis;
  /** From when on samples are still read (`readFrom`): what ended before then is forgotten. */
  readonly since: Millis;
}

/**
 * One version's facts with those of the looks before: the first start and the first readiness stay what they were, and pods
 * that have gone since ended by now at the latest. So blocks come out the same, whenever somebody looked.
 */
export function keptFacts(
  before: readonly PodFacts[],
  now: readonly PodFacts[],
  { at, since }: FactsLook,
): readonly PodFacts[] {
  const known = new Map(before.map((facts) => [facts.name, facts]));
  const present = now.map((facts) => ({ ...facts, ...firstsOf(known.get(facts.name)) }));
  const names = new Set(now.map(({ name }) => name));
  const gone = before
    .filter(({ name }) => !names.has(name))
    .map((facts) => ({ ...facts, endedAt: Math.min(facts.endedAt ?? Infinity, at) }))
    .filter(({ endedAt }) => endedAt >= since);
  return [...present, ...gone];
}

const firstsOf = ({ startedAt, readyAt }: Partial<PodFacts> = {}): Pick<PodFacts, 'startedAt' | 'readyAt'> => ({
  ...(startedAt !== undefined && { startedAt }),
  ...(readyAt !== undefined && { readyAt }),
});
