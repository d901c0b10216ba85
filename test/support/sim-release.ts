// A simulated release as blocks are read from it: both versions' samples and pods, as they can be known at any time of a look.
// Never judges. Used by the tests of blocks, and by benchmarks of decisions, through the code that runs in production.
import type {
  ErrorSamples,
  GaugeSamples,
  LatencySamples,
  OfVersions,
  PodFacts,
} from '../../src/analysis/blocks/blocks.ts';
import type { Random } from '../../src/lib/random.ts';
import type { SeriesData } from '../../src/series/series.ts';
import { type SimPlan, type SimRequests, simulateRequests } from './sim-requests.ts';
import {
  bucketsOf,
  cpuOf,
  memoryOf,
  readable,
  requestsOf,
  type ScrapedPod,
  type SimScraping,
  type SimSeries,
  scrape,
  upOf,
} from './sim-scrapes.ts';

export interface SimWindow {
  readonly from: number;
  readonly to: number;
  /** When it is looked at; left out: `to`. */
  readonly now?: number;
}

export interface SimRelease {
  readonly requests: SimRequests;
  readonly pods: OfVersions<readonly ScrapedPod[]>;
  errors(window: SimWindow): OfVersions<ErrorSamples>;
  latency(window: SimWindow, edges: readonly number[]): OfVersions<LatencySamples>;
  /** `memoryBytes` must be the same at each look. */
  gauges(window: SimWindow, memoryBytes: (time: number, pod: string) => number): OfVersions<GaugeSamples>;
}

export function simulateRelease(plan: SimPlan, scraping: SimScraping, random: Random): SimRelease {
  const requests = simulateRequests(plan, random);
  const scraped = (version: 'canary' | 'stable') => requests[version].map((pod) => scrape(pod, scraping, plan, random));
  const pods = { stable: scraped('stable'), canary: scraped('canary') };
  const both = <Kind>(of: (version: readonly ScrapedPod[]) => Kind): OfVersions<Kind> => ({
    canary: of(pods.canary),
    stable: of(pods.stable),
  });
  const made = new Map<string, readonly SimSeries[]>();
  /** A pod's series are made once, whole; a window cuts them. */
  const once = (sort: string, version: readonly ScrapedPod[], make: (pod: ScrapedPod) => readonly SimSeries[]) =>
    version.map((pod) => {
      const key = `${sort}/${pod.pod.plan.name}`;
      const series = made.get(key) ?? make(pod);
      made.set(key, series);
      return series;
    });
  const up = (version: readonly ScrapedPod[], window: SimWindow) =>
    within(once('up', version, (pod) => [upOf(pod)]).flat(), window);
  const coded = (version: readonly ScrapedPod[], window: SimWindow) => {
    const pairs = once('requests', version, (pod) => {
      const { good, bad } = requestsOf(pod);
      return [good, bad];
    });
    const of = (place: number) =>
      within(
        pairs.map((pair) => pair[place] as SimSeries),
        window,
      );
    const errors = of(1);
    return { requests: [...of(0), ...errors], errors };
  };
  return {
    requests,
    pods,
    errors: (window) =>
      both((version) => ({ ...coded(version, window), up: up(version, window), pods: factsOf(version, window) })),
    latency: (window, edges) =>
      both((version) => ({
        buckets: within(once(`le ${edges.join()}`, version, (pod) => bucketsOf(pod, edges)).flat(), window),
        up: up(version, window),
        pods: factsOf(version, window),
      })),
    gauges: (window, memoryBytes) =>
      both((version) => ({
        requests: coded(version, window).requests,
        up: up(version, window),
        cpu: within(once('cpu', version, (pod) => [cpuOf(pod)]).flat(), window),
        memory: within(once('memory', version, (pod) => [memoryOf(pod, memoryBytes)]).flat(), window),
        pods: factsOf(version, window),
      })),
  };
}

const within = (series: readonly SimSeries[], window: SimWindow): readonly SeriesData[] =>
  series.map((one) => readable(one, window)).filter((one) => one !== undefined);

/** What the cluster's objects say by then. */
const factsOf = (version: readonly ScrapedPod[], { to, now = to }: SimWindow): readonly PodFacts[] =>
  version
    .map(({ pod: { plan } }) => plan)
    .filter(({ startsAt }) => startsAt <= now)
    .map(({ name, startsAt, endsAt = Infinity }) => ({
      name,
      startedAt: startsAt,
      readyAt: startsAt,
      ...(endsAt <= now ? { endedAt: endsAt } : {}),
    }));
