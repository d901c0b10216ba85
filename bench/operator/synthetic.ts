// Samples that are made up when they are asked for: twenty series of each pod, one sample a minute, all counters going on.
// Never stored. Called by world.ts, and by test/cluster/fleet.
import { compileMatchers } from '../../src/series/matchers.ts';
import type { Labels, Matcher, SeriesData, SeriesReader } from '../../src/series/series.ts';

export const SCRAPE_MS = 60_000;
const OTHERS = 17;

export interface SyntheticPod {
  readonly namespace: string;
  readonly app: string;
  readonly version: string;
  readonly name: string;
}

export function syntheticSeries(pods: readonly SyntheticPod[], scrapeMs = SCRAPE_MS): SeriesReader {
  const byApp = new Map<string, SyntheticPod[]>();
  for (const pod of pods) byApp.set(pod.app, [...(byApp.get(pod.app) ?? []), pod]);
  return {
    select(matchers, from, to) {
      const app = matchers.find(({ name, op }) => name === 'app' && (op === '=' || op === '=~'));
      const candidates = app === undefined ? pods : alternativesOf(app).flatMap((one) => byApp.get(one) ?? []);
      const rest = matchers.filter((matcher) => matcher !== app).map(setOf);
      const first = Math.ceil(from / scrapeMs) * scrapeMs;
      const count = Math.max(0, Math.floor((to - first) / scrapeMs) + 1);
      const times = Float64Array.from({ length: count }, (_, index) => first + index * scrapeMs);
      if (count === 0) return [];
      const found: SeriesData[] = [];
      for (const pod of candidates)
        for (const { labels, perSecond } of seriesOf(pod, matchers)) {
          if (!rest.every((fits) => fits(labels))) continue;
          const values = times.map((time) => (perSecond === 0 ? 1 : Math.round(((time % 1e9) / 1000) * perSecond)));
          found.push({ labels, times, values });
        }
      return found;
    },
  };
}

/** Only the metric that is asked for is made up. */
function seriesOf(pod: SyntheticPod, matchers: readonly Matcher[]) {
  const { namespace, app, version, name } = pod;
  const common = { namespace, app, version, pod: name, instance: name };
  const metric = matchers.find((matcher) => matcher.name === '__name__')?.value ?? '';
  if (metric === 'up') return [{ labels: { ...common, __name__: 'up' }, perSecond: 0 }];
  const requests = { ...common, __name__: 'http_requests_total', method: 'GET' };
  if (/http_requests_total/.test(metric))
    return [
      { labels: { ...requests, code: '200' }, perSecond: version === 'v2' ? 5 : 45 },
      { labels: { ...requests, code: '500' }, perSecond: 0.001 },
    ];
  return Array.from({ length: OTHERS }, (_, index) => ({
    labels: { ...common, __name__: `other_${index}` },
    perSecond: 1,
  }));
}

type Test = (labels: Labels) => boolean;

/** A thousand alternatives are looked up, and not tried one by one: this is not the side that is measured. */
function setOf(matcher: Matcher): Test {
  if (matcher.op !== '=~' || !LITERALS.test(matcher.value)) return compileMatchers([matcher]);
  const values = new Set(alternativesOf(matcher));
  return (labels) => values.has(labels[matcher.name] ?? '');
}

const LITERALS = /^(?:[\w:/-]|\\.|\|)*$/;

const alternativesOf = ({ op, value }: Matcher): readonly string[] =>
  op === '=' ? [value] : value.split('|').map((one) => one.replaceAll('\\', ''));
