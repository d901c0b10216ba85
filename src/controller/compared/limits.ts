// Reads how much CPU and memory one pod of each version may use, as the cluster's own metrics say.
// Never reads what is in use (gauges.ts does), but for which containers there are. Called for the gate that compares the two.
import type { OfVersions } from '../../analysis/blocks/blocks.ts';
import type { Limits } from '../../analysis/comparative/seen.ts';
import { chosen, selectAll } from '../../analysis/profiles/choose.ts';
import { acceptedProfile } from '../../analysis/profiles/own.ts';
import type { Family } from '../../analysis/profiles/profile.ts';
import type { Millis } from '../../lib/clock.ts';
import type { MetricsSource } from '../../metrics/source.ts';
import { labelValue, seriesKey } from '../../series/labels.ts';
import { isStale, type SeriesData } from '../../series/series.ts';
import type { Subjects } from '../samples.ts';
import { bothOf } from './counted.ts';

/** As far as an instant query looks back: exporters of limits are scraped more seldom than pods. */
const LOOK_BACK_MS = 5 * 60_000;

/** A container whose last sample is so much older than the newest of its pod has ended: those that prepared the pod. */
const ENDED_MS = 60_000;

/** At `at`. Where pods differ, in a rollout, of those that were told last, and the smallest of these. */
export function readLimits(subjects: Subjects, at: Millis, metrics: MetricsSource): Promise<OfVersions<Limits>> {
  const { cpuLimit, memoryLimit, cpuUsage } = acceptedProfile(subjects.policy.metrics).signals;
  return bothOf(async (version) => {
    const selectors = selectAll([...cpuLimit, ...memoryLimit, ...cpuUsage], subjects.versions[version]);
    const lists = await Promise.all(selectors.map((matchers) => metrics.select(matchers, at - LOOK_BACK_MS, at)));
    const present = lists.flat().filter(isPresent);
    const of = (families: readonly Family[]): readonly SeriesData[] => chosen(families, present)?.series ?? [];
    const used = of(cpuUsage);
    const [cpuCores, memoryBytes] = [limitOf(of(cpuLimit), used), limitOf(of(memoryLimit), used)];
    return { ...(cpuCores !== undefined && { cpuCores }), ...(memoryBytes !== undefined && { memoryBytes }) };
  });
}

const isPresent = ({ times, values }: SeriesData): boolean => times.length > 0 && !isStale(values, times.length - 1);

const timeOf = ({ times }: SeriesData): Millis => times.at(-1) ?? -Infinity;
const podOf = ({ labels }: SeriesData): string => labelValue(labels, 'pod') || labelValue(labels, 'instance');
const containerOf = ({ labels }: SeriesData): string => labelValue(labels, 'container');

interface PodLimit {
  readonly at: Millis;
  /** Undefined where one of its containers runs without a limit: then the pod has none. */
  readonly limit: number | undefined;
}

function limitOf(limits: readonly SeriesData[], used: readonly SeriesData[]): number | undefined {
  const pods = [...Map.groupBy(limits, podOf)].map(([pod, series]): PodLimit => {
    const limited = new Set(series.map(containerOf));
    // A limit of no container is the pod's.
    const isUnlimited = !limited.has('') && runningIn(pod, used).some((name) => !limited.has(name));
    return { at: Math.max(...series.map(timeOf)), limit: isUnlimited ? undefined : sumOf(series) };
  });
  const latest = Math.max(...pods.map(({ at }) => at));
  const known = pods.filter(({ at }) => at === latest).map(({ limit }) => limit);
  return known.includes(undefined) || known.length === 0 ? undefined : Math.min(...known.map((limit) => limit ?? 0));
}

/** Nothing, where only the process tells what it uses. */
function runningIn(pod: string, used: readonly SeriesData[]): readonly string[] {
  const own = used.filter((one) => podOf(one) === pod && containerOf(one) !== '');
  const newest = Math.max(...own.map(timeOf));
  return own.filter((one) => timeOf(one) >= newest - ENDED_MS).map(containerOf);
}

/** Of each container once, whoever else exports the same. */
function sumOf(series: readonly SeriesData[]): number {
  const byContainer = new Map<string, SeriesData>();
  for (const one of series) {
    const name = containerOf(one) || seriesKey(one.labels);
    const known = byContainer.get(name);
    if (known === undefined || timeOf(one) > timeOf(known)) byContainer.set(name, one);
  }
  return [...byContainer.values()].reduce((sum, { values }) => sum + (values.at(-1) ?? 0), 0);
}
