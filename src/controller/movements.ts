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
  const targets = new Map<string, Counted>();
  for (const series of requests) {
    const target = targetOf(series.labels);
    const since = scrapedSince.get(target);
    const { times, totals } = runningTotal(series, since === undefined ? {} : { scrapedSince: since });
    const grown = totals.map((total, index) => (index === 0 ? total : total - (totals[index - 1] as number)));
    const known = targets.get(target);
    targets.set(target, known === undefined ? { labels: series.labels, times, grown } : merged(known, times, grown));
  }
  const all = [...targets.values()].flatMap((counted) => withoutProbes(counted, probes));
  return all.sort((a, b) => a.time - b.time);
}

/** One target's requests: how many of all its series had come by each scrape since the one before. */
interface Counted {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly grown: Float64Array;
}

/** One page has all series at one time, so that nearly always the times are the same. */
function merged({ labels, times, grown }: Counted, otherTimes: Float64Array, otherGrown: Float64Array): Counted {
  if (sameTimes(times, otherTimes))
    return { labels, times, grown: grown.map((requests, index) => requests + (otherGrown[index] as number)) };
  const sums = new Map<number, number>();
  for (const [index, time] of times.entries()) sums.set(time, grown[index] as number);
  for (const [index, time] of otherTimes.entries())
    sums.set(time, (sums.get(time) ?? 0) + (otherGrown[index] as number));
  const all = Float64Array.from(sums.keys()).sort();
  return { labels, times: all, grown: all.map((time) => sums.get(time) ?? 0) };
}

const sameTimes = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((time, index) => time === b[index]);

/** Probes that may come at once, over what their rate implies: readiness and liveness in step with each other. */
const PROBES_AT_ONCE = 2;

/**
 * What the probes' rate implies, never more: an allowance that fills at that rate, so that traffic just above it shows.
 * Taking off one more at every scrape would hide a whole request per scrape and pod.
 */
function withoutProbes({ labels, times, grown }: Counted, probes: ProbeRate): readonly Movement[] {
  let allowance = PROBES_AT_ONCE;
  let before = times[0] ?? 0;
  let rateBefore = probes(labels, before);
  return Array.from(times, (time, index) => {
    const requests = grown[index] as number;
    const rate = probes(labels, time);
    // The rate of the scrape before: what a pod's start still allows is not taken back within it.
    const perSecond = Math.max(rateBefore, rate);
    const atOnce = perSecond === 0 ? 0 : PROBES_AT_ONCE;
    const allowed = Math.min(allowance, atOnce) + (perSecond * (time - before)) / 1000;
    const taken = Math.min(requests, Math.floor(allowed + ROUNDING));
    allowance = allowed - taken;
    [before, rateBefore] = [time, rate];
    return { time, requests: requests - taken };
  });
}

/** Ten times 0.1 is less than 1 in floating point. */
const ROUNDING = 1e-9;

const targetOf = (labels: Labels): string => labels['instance'] ?? labels['pod'] ?? '';

function firstUp({ times, values }: SeriesData): number | undefined {
  return times[values.indexOf(1)];
}
