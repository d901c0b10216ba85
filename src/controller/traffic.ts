// Reads one version's requests from raw counters: how many since when, when last, when first; probes' requests taken off.
// Never uses rate() or increase() (statistics.md A6). Called by gather and gates, and by replay, which has samples alone.
import { probeRate, type StartupProbes, startupProbes } from '../analysis/probes.ts';
import { acceptedProfile } from '../analysis/profiles/own.ts';
import type { Pod, Service } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { reasonOf } from '../lib/problem.ts';
import { fromTime } from '../lib/time.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { settledAt } from '../release/facts.ts';
import type { TrafficState } from '../release/input.ts';
import type { ActiveStatus, VersionName } from '../release/status.ts';
import type { Labels, SeriesData } from '../series/series.ts';
import type { Deps } from './deps.ts';
import { type Movement, movements } from './movements.ts';
import type { ReadVersion } from './read-version.ts';
import { readSamples } from './samples.ts';
import { unseenPod, upBackMs } from './unseen.ts';
import { hasRunningContainer, isReady, podsOf } from './versions.ts';

/** How far back the last movement is looked for: longer than any drain is waited for at one look. */
const LOOK_BACK_MS = 60_000;

interface Seen {
  readonly now: number;
  readonly release: Release;
  readonly status: ActiveStatus;
}

/** What a turn has read of the objects behind the samples. */
export interface FoundObjects {
  readonly versions: Readonly<Record<VersionName, ReadVersion>>;
  readonly pods: readonly Pod[];
  readonly service: Service | undefined;
}

export async function readTraffic(
  seen: Seen,
  { versions, pods, service }: FoundObjects,
  deps: Deps,
): Promise<Readonly<Record<VersionName, TrafficState>>> {
  const [stable, canary] = await Promise.all([
    readVersionTraffic('stable', seen, versions.stable, service, pods, deps),
    readVersionTraffic('canary', seen, versions.canary, service, pods, deps),
  ]);
  const unread = stable.unread ?? canary.unread;
  return unread === undefined ? { stable, canary } : unasked(unread);
}

/** What stands for samples that nobody has read, and why. */
export const unasked = (why: string): Readonly<Record<VersionName, TrafficState>> => ({
  stable: nothingRead(why),
  canary: nothingRead(why),
});

/** An outage of the metrics must not keep a release from its turns: pods and orders still count. Half of them proves nothing. */
const nothingRead = (unread: string): TrafficState => ({ up: 0, sinceReadBack: 0, sinceCount: 0, recent: 0, unread });

async function readVersionTraffic(
  name: VersionName,
  { now, release, status }: Seen,
  { deployment }: ReadVersion,
  service: Service | undefined,
  pods: readonly Pod[],
  deps: Deps,
): Promise<TrafficState> {
  const own = deployment === undefined ? [] : podsOf(deployment, pods);
  const ready = new Set(own.filter(isReady).map((pod) => pod.metadata.name));
  const known: KnownPods = {
    probesPerPod: deployment === undefined || service === undefined ? 0 : probeRate(deployment.spec.template, service),
    isReady: (target) => ready.has(target['pod'] ?? ''),
    readyPods: ready.size,
    running: own.filter(hasRunningContainer),
    ...(deployment && service && { starting: startsOf(own, startupProbes(deployment.spec.template, service)) }),
  };
  try {
    return await trafficOf(name, { now, status }, known, deps.metrics);
  } catch (error) {
    deps.onTrouble?.(refOf(release), error);
    return nothingRead(reasonOf(error));
  }
}

/** What is known of a version beside its samples: from its Deployment and Pods, where there are such objects. */
export interface KnownPods {
  /** Requests per second that one pod's own probes make. */
  readonly probesPerPod: number;
  /** Those of its start, by pod, and until when they may come. */
  readonly starting?: ReadonlyMap<string, { readonly perSecond: number; readonly until: number }>;
  /** Whether the pod behind a target that is up, by the target's labels, is ready. */
  readonly isReady: (target: Labels) => boolean;
  /** Where others count what the pods get, one of these that is up speaks for all ready pods. Left out: not known. */
  readonly readyPods?: number;
  readonly running: readonly Pod[];
}

/**
 * One version's traffic as its samples show it up to `now`; rejects when they cannot be read. `count`: for who reads the same
 * samples again and again.
 */
export async function trafficOf(
  name: VersionName,
  { now, status }: Pick<Seen, 'now' | 'status'>,
  { probesPerPod, starting, isReady: isReadyTarget, readyPods, running }: KnownPods,
  metrics: MetricsSource,
  count = movements,
): Promise<TrafficState> {
  const attempt = attemptBegan(status);
  const scrapeMs = metrics.scrapeIntervalMs;
  const from = Math.min(earliest(status, attempt, now) - LOOK_BACK_MS, now - upBackMs(scrapeMs));
  const wanted = { version: name, methods: comparedMethods(name, status), from, to: now };
  const { requests, up, shared, allMethods } = await readSamples(status.accepted, wanted, metrics);
  const { countsProbes, carriedBy } = acceptedProfile(status.accepted.policy.metrics);
  const moves = count(requests, up, ({ pod }, time) => {
    if (!countsProbes) return 0;
    const start = starting?.get(pod ?? '');
    return start !== undefined && time <= start.until ? Math.max(start.perSecond, probesPerPod) : probesPerPod;
  });
  const newestAt = newestUp(up);
  const readFrom = firstUp(up);
  const alive = up.filter((series) => isUp(series, now - 3 * scrapeMs));
  const readTo = shared ? readBy(up, now - 3 * scrapeMs) : readUntil(running, up);
  // Where others count what the pods get, it does not matter who scrapes these.
  const hasOwn = name === 'canary' && !shared && carriedBy !== 'callers';
  const unseen = hasOwn ? unseenPod(running, up, { from, now, scrapeMs }) : undefined;
  const since = (after: number, until = now) =>
    moves.filter(({ time }) => time > after && time <= until).reduce((sum, move) => sum + move.requests, 0);
  const lastMovedAt = moves.findLast(isRequest)?.time;
  const firstMovedAt = moves.find((move) => isRequest(move) && move.time > attempt)?.time;
  return {
    up: shared
      ? alive.length && (readyPods ?? alive.length)
      : alive.filter(({ labels }) => isReadyTarget(labels)).length,
    ...(allMethods ? { allMethods } : {}),
    sinceReadBack: status.route.readBackAt === undefined ? 0 : since(fromTime(status.route.readBackAt)),
    sinceCount: status.counts === undefined ? 0 : since(fromTime(status.counts.at), settledAt(now, metrics)),
    recent: newestAt === undefined ? 0 : since(newestAt - 2 * scrapeMs),
    ...(newestAt === undefined ? {} : { newestAt }),
    ...(readFrom === undefined ? {} : { readFrom }),
    ...(readTo === undefined ? {} : { readTo }),
    ...(unseen === undefined ? {} : { unseen }),
    ...(lastMovedAt === undefined ? {} : { lastMovedAt }),
    ...(firstMovedAt === undefined ? {} : { firstMovedAt }),
  };
}

const isRequest = ({ requests }: Movement): boolean => requests > 0;

/** From when its latest container began; a pod that does not say so has begun long ago. */
export function startsOf(pods: readonly Pod[], probes: StartupProbes | undefined): NonNullable<KnownPods['starting']> {
  const starts = new Map<string, { perSecond: number; until: number }>();
  if (probes === undefined) return starts;
  for (const pod of pods) {
    const began = (pod.status?.containerStatuses ?? []).map(({ state }) => Date.parse(state?.running?.startedAt ?? ''));
    const last = Math.max(...began.filter(Number.isFinite));
    if (Number.isFinite(last))
      starts.set(pod.metadata.name, { perSecond: probes.perSecond, until: last + probes.lastsMs });
  }
  return starts;
}

/** Raw requests of a version in (from, to]. */
export async function requestsBetween(
  version: VersionName,
  { accepted }: Pick<ActiveStatus, 'accepted'>,
  { from, to }: { readonly from: number; readonly to: number },
  metrics: MetricsSource,
): Promise<number> {
  const back = from - 5 * metrics.scrapeIntervalMs;
  const { requests, up } = await readSamples(accepted, { version, methods: 'all', from: back, to }, metrics);
  const moves = movements(requests, up, () => 0).filter(({ time }) => time > from);
  return moves.reduce((sum, move) => sum + move.requests, 0);
}

/** Where only some methods are copied, only stable's requests of those methods compare with the canary's. */
function comparedMethods(name: VersionName, { route }: ActiveStatus): 'all' | readonly string[] {
  if (name === 'canary' || route.intent.kind === 'promoted') return 'all';
  return route.intent.target.mirror?.methods ?? 'all';
}

export function attemptBegan(status: ActiveStatus): number {
  const first = status.steps?.find((step) => step.attempt === status.attempt);
  return fromTime(first?.startedAt ?? status.startedAt ?? status.step.enteredAt);
}

function earliest(status: ActiveStatus, attempt: number, now: number): number {
  const marks = [now, fromTime(status.route.readBackAt ?? status.route.intendedAt)];
  if (status.counts !== undefined) marks.push(fromTime(status.counts.at));
  if (status.firstTrafficAt === undefined) marks.push(attempt);
  return Math.min(...marks);
}

const isUp = ({ times, values }: SeriesData, after: number): boolean =>
  (times.at(-1) ?? 0) >= after && values.at(-1) === 1;

/** The oldest of the pods' newest scrapes. A pod that was never scraped and is not ready has never been sent anything. */
function readUntil(running: readonly Pod[], up: readonly SeriesData[]): number | undefined {
  let oldest: number | undefined;
  for (const pod of running) {
    const newest = newestUp(up.filter(({ labels }) => labels['pod'] === pod.metadata.name));
    if (newest === undefined && !isReady(pod)) continue;
    oldest = Math.min(oldest ?? Infinity, newest ?? -Infinity);
  }
  return oldest === -Infinity ? undefined : oldest;
}

/** The oldest of the newest scrapes of those that are still scraped: a caller that is gone sends nothing any more. */
function readBy(up: readonly SeriesData[], after: number): number | undefined {
  const newest = up
    .filter(({ times }) => (times.at(-1) ?? 0) >= after)
    .map((series) => newestUp([series]) ?? -Infinity);
  const oldest = Math.min(...newest);
  return Number.isFinite(oldest) ? oldest : undefined;
}

function firstUp(up: readonly SeriesData[]): number | undefined {
  const firsts = up.map(({ times, values }) => times[values.indexOf(1)]).filter((time) => time !== undefined);
  return firsts.length === 0 ? undefined : Math.min(...firsts);
}

function newestUp(up: readonly SeriesData[]): number | undefined {
  let newest: number | undefined;
  for (const { times, values } of up) {
    const time = times[values.lastIndexOf(1)];
    if (time !== undefined && (newest === undefined || time > newest)) newest = time;
  }
  return newest;
}
