// Which targets were up, in samples that do not say so: recordings of some queries and hand-written series have no `up`.
// Never touches samples that have any `up`: then a version without one was not scraped, and that is an answer.
// Called by hindsight.ts.
import type { Millis } from '../lib/clock.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { NAME, seriesKey } from '../series/labels.ts';
import { isStale, type Labels, type Matcher, type SeriesData } from '../series/series.ts';

const UP: Matcher = { name: NAME, op: '=', value: 'up' };

/**
 * The same source, but where it has no `up` from `since` on, a target counts as up whenever any of its series has a sample.
 * A target is what its series have in common: the labels that were asked for, instance and pod.
 */
export function withTargets(metrics: MetricsSource, since: Millis): MetricsSource {
  let known = false;
  const hasUp = async (to: Millis): Promise<boolean> => {
    // Asked again until the first is found: time goes on between two looks.
    if (!known) known = (await metrics.select([UP], since, to)).length > 0;
    return known;
  };
  return {
    scrapeIntervalMs: metrics.scrapeIntervalMs,
    instant: (expr, at) => metrics.instant(expr, at),
    // Where no `up` tells whether time has passed, it has: nobody's clock is ahead of a recording.
    freshAt: async (at) => (await metrics.freshAt(at)) ?? ((await hasUp(at)) ? undefined : at),
    select: async (matchers, from, to) => {
      const found = await metrics.select(matchers, from, to);
      if (found.length > 0 || !matchers.some(isUp) || (await hasUp(to))) return found;
      const others = matchers.filter((matcher) => !isUp(matcher));
      // Without any label of the version this would be all the series there are.
      return others.length === 0 ? [] : upOf(await metrics.select(others, from, to), others);
    },
  };
}

const isUp = ({ name, op, value }: Matcher): boolean => name === NAME && op === '=' && value === 'up';

function upOf(all: readonly SeriesData[], asked: readonly Matcher[]): readonly SeriesData[] {
  const targets = new Map<string, { labels: Labels; times: Set<Millis> }>();
  for (const series of all) {
    const labels = targetLabels(series.labels, asked);
    const target = targets.get(seriesKey(labels)) ?? { labels, times: new Set<Millis>() };
    targets.set(seriesKey(labels), target);
    for (const [index, time] of series.times.entries()) if (!isStale(series.values, index)) target.times.add(time);
  }
  return [...targets.values()].map(({ labels, times }) => {
    const sorted = Float64Array.from(times).sort();
    return { labels, times: sorted, values: new Float64Array(sorted.length).fill(1) };
  });
}

function targetLabels(labels: Labels, asked: readonly Matcher[]): Labels {
  const names = ['instance', 'pod', ...asked.map(({ name }) => name)];
  const kept = names.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]] as const]));
  return { ...Object.fromEntries(kept), [NAME]: 'up' };
}
