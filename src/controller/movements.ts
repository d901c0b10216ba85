// When requests were counted, scrape by scrape and pod by pod, from raw counters; what the pod's own probes make is taken off.
// Never fills a gap: a missing scrape's requests show in the next one. Called by traffic.ts; pure.
import { runningTotal } from '../series/increase.ts';
import type { Labels, SeriesData } from '../series/series.ts';

export interface Movement {
  readonly time: number;
  readonly requests: number;
}

/** Requests per second that a target's own probes make on counted ports, at this time. */
export type ProbeRate = (target: Labels, time: number) => number;

/** In time order. */
export function movements(
  requests: readonly SeriesData[],
  up: readonly SeriesData[],
  probes: ProbeRate,
): readonly Movement[] {
  const scrapedSince = new Map(up.map((series) => [targetOf(series.labels), firstUp(series)]));
  const targets = new Map<string, { readonly labels: Labels; readonly counted: Map<number, number> }>();
  for (const series of requests) {
    const target = targetOf(series.labels);
    const since = scrapedSince.get(target);
    const { times, totals } = runningTotal(series, since === undefined ? {} : { scrapedSince: since });
    const known = targets.get(target) ?? { labels: series.labels, counted: new Map<number, number>() };
    const { counted } = known;
    targets.set(target, known);
    for (const [index, time] of times.entries()) {
      const grown = (totals[index] as number) - (index === 0 ? 0 : (totals[index - 1] as number));
      counted.set(time, (counted.get(time) ?? 0) + grown);
    }
  }
  const all = [...targets.values()].flatMap(({ labels, counted }) =>
    withoutProbes(counted, (time) => probes(labels, time)),
  );
  return all.sort((a, b) => a.time - b.time);
}

/** Probes that may come at once, over what their rate implies: readiness and liveness in step with each other. */
const PROBES_AT_ONCE = 2;

/**
 * What the probes' rate implies, never more: an allowance that fills at that rate, so that traffic just above it shows.
 * Taking off one more at every scrape would hide a whole request per scrape and pod.
 */
function withoutProbes(counted: ReadonlyMap<number, number>, rateAt: (time: number) => number): readonly Movement[] {
  const times = [...counted.keys()].sort((a, b) => a - b);
  let allowance = PROBES_AT_ONCE;
  return times.map((time, index) => {
    const grown = counted.get(time) ?? 0;
    const before = times[index - 1] ?? time;
    // The rate of the scrape before: what a pod's start still allows is not taken back within it.
    const perSecond = Math.max(rateAt(before), rateAt(time));
    const atOnce = perSecond === 0 ? 0 : PROBES_AT_ONCE;
    const allowed = Math.min(allowance, atOnce) + (perSecond * (time - before)) / 1000;
    const probes = Math.min(grown, Math.floor(allowed + ROUNDING));
    allowance = allowed - probes;
    return { time, requests: grown - probes };
  });
}

/** Ten times 0.1 is less than 1 in floating point. */
const ROUNDING = 1e-9;

const targetOf = (labels: Labels): string => labels['instance'] ?? labels['pod'] ?? '';

function firstUp({ times, values }: SeriesData): number | undefined {
  return times[values.indexOf(1)];
}
