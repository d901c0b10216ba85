// Reads for the comparative gates of one release: first what stable showed before, then the blocks that have closed since the last look.
// Never judges, and a failure is told and waited out: without a reading nothing is concluded. Called by gather.ts.

import { type OfVersions, type PodFacts, readFrom, timingOf } from '../../analysis/blocks/blocks.ts';
import type { News } from '../../analysis/comparative/comparisons.ts';
import type { ExposureSpan } from '../../analysis/comparative/exposure.ts';
import type { ComparativeKind } from '../../analysis/comparative/kinds.ts';
import type { Telling } from '../../analysis/comparative/measured.ts';
import { acceptedProfile } from '../../analysis/profiles/own.ts';
import type { Profile } from '../../analysis/profiles/profile.ts';
import type { Millis } from '../../lib/clock.ts';
import { reasonOf } from '../../lib/problem.ts';
import type { MetricsSource } from '../../metrics/source.ts';
import type { ComparisonReading } from '../../release/comparison-reading.ts';
import { exposureSpans } from '../../release/exposures.ts';
import type { Plan } from '../../release/plan.ts';
import type { ActiveStatus } from '../../release/status.ts';
import { readStableHistory } from './history.ts';
import type { KnownPods } from './known-pods.ts';
import { blockLengths } from './lengths.ts';
import { lookAtErrors, lookAtGauges, lookAtLatency, type Place } from './looks.ts';
import { keptFacts } from './pods.ts';
import { lookAtUptime } from './uptime.ts';

export interface Comparing {
  readonly now: Millis;
  readonly status: ActiveStatus;
  readonly plan: Plan;
}

export interface Sources {
  readonly metrics: MetricsSource;
  /** `countsProbes`: of the profile in force. */
  readonly podsOf: (countsProbes: boolean) => KnownPods;
  /** Told why nothing could be read. */
  readonly onTrouble?: (error: unknown) => void;
}

/** How far back stable's own past is looked at. */
const HISTORY_MS = 3_600_000;
const SHORT_HISTORY_MS = 300_000;

export async function readComparisons(seen: Comparing, sources: Sources): Promise<ComparisonReading | undefined> {
  const { status, plan } = seen;
  const isOn = status.phase === 'Running' || status.phase === 'CleaningUp';
  const spans = exposureSpans(status);
  if (!isOn || plan.comparative.length === 0 || spans.length === 0) return undefined;
  try {
    return status.comparisons === undefined
      ? await readBefore(seen, spans, sources)
      : await readSince(seen, spans, sources);
  } catch (error) {
    sources.onTrouble?.(error);
    return { news: {}, waiting: {}, unread: reasonOf(error) };
  }
}

async function readBefore(
  { status, now }: Comparing,
  spans: readonly ExposureSpan[],
  { metrics, podsOf }: Sources,
): Promise<ComparisonReading> {
  const began = spans.at(-1)?.from ?? now;
  const profile = profileOf(status);
  const { facts } = podsOf(profile.countsProbes);
  const read = (backMs: number) =>
    readStableHistory(status.accepted, { from: began - backMs, to: began }, facts.stable, metrics);
  // An hour of a large service may be more than a Prometheus gives at once.
  const history = await read(HISTORY_MS).catch(() => read(SHORT_HISTORY_MS));
  const { latency } = history;
  return {
    begin: {
      lengths: blockLengths(metrics, profile),
      dispersion: history.dispersion,
      history: history.outcomes,
      ...(latency && {
        latencyBefore: { edges: latency.edges, history: latency.counts, dispersion: latency.dispersion },
      }),
      byCallers: profile.carriedBy === 'callers',
      gaugeBlocks: { cpu: history.cpuBlockMs, memory: history.memoryBlockMs },
    },
    telling: { stable: history.telling },
    news: {},
    waiting: {},
  };
}

const profileOf = ({ accepted }: ActiveStatus): Profile => acceptedProfile(accepted.policy.metrics);

async function readSince(
  { status, plan, now }: Comparing,
  spans: readonly ExposureSpan[],
  { metrics, podsOf }: Sources,
): Promise<ComparisonReading> {
  const { comparisons } = status;
  if (comparisons === undefined) throw new RangeError('nothing was begun');
  const { cursors, setting } = comparisons;
  const timing = timingOf(metrics.scrapeIntervalMs);
  const { facts, restarts } = podsOf(profileOf(status).countsProbes);
  const since = Math.min(...[cursors.errors, cursors.latency, cursors.gauges].map((one) => readFrom(one, timing)));
  const kept = (version: 'canary' | 'stable') =>
    keptFacts(comparisons.pods[version], facts[version], { at: now, since });
  const pods: OfVersions<readonly PodFacts[]> = { canary: kept('canary'), stable: kept('stable') };
  const place: Place = { accepted: status.accepted, setting, spans, pods, now, metrics };
  const asked = new Set(plan.comparative.map(({ kind }) => kind));
  const isAsked = (kinds: readonly ComparativeKind[]) => kinds.some((kind) => asked.has(kind));
  const [errors, latency, gauges] = await Promise.all([
    isAsked(BY_ERRORS) ? lookAtErrors(place, cursors.errors) : undefined,
    isAsked(BY_LATENCY) ? lookAtLatency(place, cursors.latency) : undefined,
    isAsked(BY_GAUGES) ? lookAtGauges(place, cursors.gauges) : undefined,
  ]);
  const uptime =
    isAsked(BY_UPTIME) && restarts !== undefined ? lookAtUptime(place, cursors.uptime, restarts) : undefined;
  const confounded = errors?.confounded ?? latency?.confounded;
  const news: News = {
    ...(errors?.look && { errors: errors.look }),
    ...(latency?.look && { latency: latency.look }),
    ...(gauges?.look && { gauges: gauges.look }),
    ...(uptime && { uptime }),
  };
  return {
    news,
    ...(latency?.setting && { latency: latency.setting }),
    ...(confounded && { confounded }),
    ...((errors ?? latency) && { telling: bothTelling(errors?.telling, latency?.telling) }),
    waiting: {
      ...(errors?.look && { errors: errors.look.waiting }),
      ...(latency?.look && { latency: latency.look.waiting }),
      ...(gauges?.look && { gauges: gauges.look.waiting }),
    },
    pods: { canary: remembered(pods.canary, facts.canary), stable: remembered(pods.stable, facts.stable) },
  };
}

const BY_ERRORS: readonly ComparativeKind[] = ['errors', 'clientErrors', 'lostRequests', 'trafficShare'];
const BY_LATENCY: readonly ComparativeKind[] = ['latency'];
const BY_GAUGES: readonly ComparativeKind[] = ['saturation', 'cpu', 'cpuPerRequest', 'memory'];
const BY_UPTIME: readonly ComparativeKind[] = ['restarts'];

const bothTelling = (
  errors: OfVersions<Telling> | undefined,
  latency: OfVersions<Telling> | undefined,
): OfVersions<Telling> => ({
  canary: { ...errors?.canary, ...latency?.canary },
  stable: { ...errors?.stable, ...latency?.stable },
});

/** A status is bounded: of more pods than these only those that are gone are kept. */
const MOST_PODS = 12;

/** Of pods that are there all but what they would say again; of those that are gone everything. */
function remembered(kept: readonly PodFacts[], present: readonly PodFacts[]): readonly PodFacts[] {
  const names = new Set(present.map(({ name }) => name));
  return kept.flatMap((facts) => {
    if (!names.has(facts.name)) return [facts];
    const { probes: _, ...firsts } = facts;
    return kept.length > MOST_PODS ? [] : [firsts];
  });
}
