// A simulated release as blocks are read from it: both versions' samples and pods, as they can be known at any time of a look.
// Never judges. Used by the tests of blocks, and by benchmarks of decisions, through the code that runs in production.
import type { ErrorSamples, GaugeSamples, LatencySamples, OfVersions, PodFacts } from '../../src/analysis/blocks/blocks.ts';
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
  const made = new Map<string, SimSeries>();
  const once = (key: string, { pod }: ScrapedPod, make: () => SimSeries): SimSeries => {
    const name = `${key}/${pod.plan.name}`;
    const series = made.get(name) ?? make();
    made.set(name, series);
    return series;
  };
  const up = (version: readonly ScrapedPod[]) => version.map((pod) => once('up', pod, () => upOf(pod)));
  const coded = (version: readonly ScrapedPod[], code: 'good' | 'bad') =>
    version.map((pod) => once(code, pod, () => requestsOf(pod)[code]));
  return {
    requests,
    pods,
    errors: (window) =>
      both((version) => {
        const errors = within(coded(version, 'bad'), window);
        const good = within(coded(version, 'good'), window);
        return { requests: [...good, ...errors], errors, up: within(up(version), window), pods: factsOf(version, window) };
      }),
    latency: (window, edges) =>
      both((version) => {
        const buckets = version.flatMap((pod) =>
          [...edges, Infinity].map((edge, place) =>
            once(`le ${edge}`, pod, () => bucketsOf(pod, edges)[place] as SimSeries),
          ),
        );
        return { buckets: within(buckets, window), up: within(up(version), window), pods: factsOf(version, window) };
      }),
    gauges: (window, memoryBytes) =>
      both((version) => ({
        requests: within([...coded(version, 'good'), ...coded(version, 'bad')], window),
        up: within(up(version), window),
        cpu: within(
          version.map((pod) => once('cpu', pod, () => cpuOf(pod))),
          window,
        ),
        memory: within(
          version.map((pod) => once('memory', pod, () => memoryOf(pod, memoryBytes))),
          window,
        ),
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
