// A simulated cluster, second by second: pods that count their requests, scrapes of them, the pods' objects; and what is true.
// Never judges. Simulated as far as somebody has asked. Called by the runner; watched through the interface that a Prometheus has.
import type { FoundObjects } from '../../../src/controller/traffic.ts';
import type { Random } from '../../../src/lib/random.ts';
import { localSource } from '../../../src/metrics/local.ts';
import type { MetricsSource } from '../../../src/metrics/source.ts';
import { compileMatchers } from '../../../src/series/matchers.ts';
import type { SeriesReader } from '../../../src/series/series.ts';
import { podName } from '../../../test/support/compared.ts';
import type { Block } from './block.ts';
import { BEGAN_MS, NAMES, objectsOf, SUBJECTS } from './objects.ts';
import { type PodCounts, podCountsOf, VERSIONS, type Version } from './pods.ts';
import { cut, type ScrapedPod, scrapedPod } from './series.ts';
import type { Scrapes, Truth } from './truth.ts';

const HOUR_SECONDS = 3600;

/** All that was, from the exposure on. */
export interface Totals extends Pick<Block, 'nC' | 'eC' | 'nS' | 'eS' | 'slowC' | 'slowS'> {
  /** Seconds. */
  readonly cpuC: number;
  readonly cpuS: number;
}

export interface Cluster {
  readonly truth: Truth;
  readonly scrapes: Scrapes;
  /** The next block for those who are told blocks, by what is true; undefined after the deadline. */
  next(): Block | undefined;
  totalsAt(seconds: number): Totals;
  /** What can be read at a time; milliseconds. */
  sourceAt(now: number): MetricsSource;
  objectsAt(now: number): FoundObjects;
  /** Pods whose last scrape but three succeeded, and the newest of these scrapes. */
  freshAt(version: Version, now: number): { readonly up: number; readonly newestAt?: number };
}

interface Member extends ScrapedPod {
  readonly version: Version;
  readonly name: string;
  /** After BEGAN_MS, modulo the interval; milliseconds. */
  readonly phaseMs: number;
  readonly isScraped: boolean;
}

/** `random` draws requests, `chance` what befalls scrapes: the same requests may be scraped in other ways. */
export function createCluster(truth: Truth, scrapes: Scrapes, random: Random, chance: Random): Cluster {
  const { everySeconds, pods, loss = 0, resetEverySeconds } = scrapes;
  const stepMs = everySeconds >= 4 ? 1000 : everySeconds * 250;
  const counts = podCountsOf(truth, pods, random);
  const members = VERSIONS.flatMap((version) => membersOf(version, truth, scrapes, stepMs, chance));
  const of = (version: Version) => members.filter((member) => member.version === version);
  const groups = { canary: of('canary'), stable: of('stable') };
  const none = truth.latency && { slowC: truth.latency.edges.map(() => 0), slowS: truth.latency.edges.map(() => 0) };
  const totals: Totals[] = [{ nC: 0, eC: 0, nS: 0, eS: 0, cpuC: 0, cpuS: 0, ...none }];
  let doneMs = -HOUR_SECONDS * 1000;

  const step = (): void => {
    const own = counts(doneMs / 1000, stepMs / 1000);
    doneMs += stepMs;
    for (const version of VERSIONS)
      for (const [index, member] of groups[version].entries()) member.count(own[version][index]!);
    if (doneMs > 0) totals.push(added(totals.at(-1)!, own));
    const restart = crashAt(scrapes, doneMs) ? groups.canary : [];
    const isReset = resetEverySeconds !== undefined && doneMs > 0 && doneMs % (resetEverySeconds * 1000) === 0;
    for (const member of members) {
      const isDue = (doneMs - member.phaseMs) % (everySeconds * 1000) === 0;
      if (isDue && member.isScraped) member.scrape(BEGAN_MS + doneMs, loss > 0 && chance() < loss);
      if (isReset || restart.includes(member)) member.reset();
    }
  };
  const until = (ms: number): void => {
    while (doneMs < ms) step();
  };

  let told = 0;
  const totalsAt = (seconds: number): Totals => {
    until(seconds * 1000);
    return totals[Math.round((seconds * 1000) / stepMs)]!;
  };
  return {
    truth,
    scrapes,
    totalsAt,
    next() {
      const { blockSeconds: seconds } = truth;
      if (told + seconds > truth.seconds + 1e-6) return undefined;
      const before = totalsAt(told);
      told += seconds;
      return { seconds, ...since(before, totalsAt(told)) };
    },
    sourceAt(now) {
      until(now - BEGAN_MS);
      const store: SeriesReader = {
        select: (matchers, from, to) => selected(members, compileMatchers(matchers), { from, to, now }),
      };
      return localSource({ store, scrapeIntervalMs: everySeconds * 1000 });
    },
    objectsAt: (now) => objectsOf(members, scrapes, now),
    freshAt(version, now) {
      until(now - BEGAN_MS);
      const newest = groups[version].map((member) => member.newest(now)).filter((at) => at !== undefined);
      const fresh = newest.filter((at) => now - at <= 3 * everySeconds * 1000);
      return newest.length === 0 ? { up: 0 } : { up: fresh.length, newestAt: Math.max(...newest) };
    },
  };
}

interface Window {
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

const selected = (members: readonly Member[], matches: ReturnType<typeof compileMatchers>, { from, to, now }: Window) =>
  members.flatMap(({ series, skewMs }) =>
    series
      .filter(({ labels }) => matches(labels))
      .map((one) => cut(one, from, to, now + skewMs))
      .filter((one) => one !== undefined),
  );

function membersOf(version: Version, truth: Truth, scrapes: Scrapes, stepMs: number, chance: Random): Member[] {
  const { everySeconds, pods, laterSeconds, skewSeconds = 0, canaryUnseen = false } = scrapes;
  const { labels, pods: podLabels = {} } = SUBJECTS.versions[version];
  return Array.from({ length: pods[version] }, (_, index): Member => {
    const name = podName(NAMES[version], String.fromCharCode(97 + index));
    const steps = (everySeconds * 1000) / stepMs;
    const later = version === 'canary' ? (laterSeconds ?? 0) * 1000 : 0;
    const phaseMs = laterSeconds === undefined ? Math.floor(chance() * steps) * stepMs : later;
    const skewMs = Math.round((chance() - 0.5) * skewSeconds * 1000);
    const target = { ...podLabels, pod: name, instance: `${name}:15020` };
    const traffic = { ...labels, request_protocol: 'http' };
    const pod = scrapedPod(target, traffic, truth.latency?.edges ?? [], skewMs);
    return { ...pod, version, name, phaseMs, isScraped: version === 'stable' || !canaryUnseen };
  });
}

const crashAt = ({ crashEverySeconds }: Scrapes, ms: number): boolean =>
  crashEverySeconds !== undefined && ms > 0 && ms % (crashEverySeconds * 1000) === 0;

type Counted = Readonly<Record<Version, readonly PodCounts[]>>;

function added({ nC, eC, nS, eS, cpuC, cpuS, slowC, slowS }: Totals, { canary, stable }: Counted): Totals {
  const sum = (all: readonly PodCounts[], of: 'requests' | 'failed') => all.reduce((total, one) => total + one[of], 0);
  const inBuckets = (before: readonly number[], all: readonly PodCounts[]) =>
    before.map((count, bucket) => all.reduce((total, { slow }) => total + (slow?.[bucket] ?? 0), count));
  return {
    nC: nC + sum(canary, 'requests'),
    eC: eC + sum(canary, 'failed'),
    nS: nS + sum(stable, 'requests'),
    eS: eS + sum(stable, 'failed'),
    cpuC: canary.reduce((total, { cpuSeconds = 0 }) => total + cpuSeconds, cpuC),
    cpuS: stable.reduce((total, { cpuSeconds = 0 }) => total + cpuSeconds, cpuS),
    ...(slowC && slowS && { slowC: inBuckets(slowC, canary), slowS: inBuckets(slowS, stable) }),
  };
}

function since(before: Totals, { nC, eC, nS, eS, cpuC, cpuS, slowC, slowS }: Totals): Omit<Block, 'seconds'> {
  const less = (all: readonly number[], some: readonly number[] = []) => all.map((count, b) => count - (some[b] ?? 0));
  return {
    nC: nC - before.nC,
    eC: eC - before.eC,
    nS: nS - before.nS,
    eS: eS - before.eS,
    ...(cpuC > 0 && cpuS > 0
      ? {
          gaugeC: (cpuC - before.cpuC) / (nC - before.nC),
          gaugeS: (cpuS - before.cpuS) / (nS - before.nS),
        }
      : {}),
    ...(slowC && slowS && { slowC: less(slowC, before.slowC), slowS: less(slowS, before.slowS) }),
  };
}
