// What a scraper sees of simulated pods: their counters at its own times, some scrapes lost, the time stamps perhaps of another clock.
// Never knows blocks. Used with sim-requests.ts by the tests of blocks, and by benchmarks of decisions.
import type { Random } from '../../src/lib/random.ts';
import { type Labels, type SeriesData, setStale } from '../../src/series/series.ts';
import { lifeStarts, type SimAnswer, type SimPod } from './sim-requests.ts';

export interface SimScraping {
  readonly everyMs: number;
  /** After `from`; left out: by chance for each pod. */
  readonly phaseMs?: number;
  /** Later than planned by up to so much. */
  readonly jitterMs?: number;
  /** Probability that a scrape fails. */
  readonly loss?: number;
  /** Added to the time stamps of a pod's samples. */
  readonly skewMs?: (pod: string) => number;
}

export interface SimScrape {
  readonly at: number;
  /** By its time stamp. */
  readonly stamp: number;
  readonly failed: boolean;
}

export interface ScrapedPod {
  readonly pod: SimPod;
  readonly scrapes: readonly SimScrape[];
}

/** From each pod's start to its end. */
export function scrape(
  pod: SimPod,
  { everyMs, phaseMs, jitterMs = 0, loss = 0, skewMs = () => 0 }: SimScraping,
  { from, to }: { readonly from: number; readonly to: number },
  random: Random,
): ScrapedPod {
  const { name, startsAt, endsAt = Infinity } = pod.plan;
  const phase = phaseMs ?? Math.floor(random() * everyMs);
  const scrapes: SimScrape[] = [];
  for (let planned = from + phase; planned <= to; planned += everyMs) {
    const at = planned + Math.floor(random() * (jitterMs + 1));
    const failed = random() < loss;
    if (at <= startsAt || at >= endsAt || at > to) continue;
    scrapes.push({ at, stamp: at + skewMs(name), failed });
  }
  return { pod, scrapes };
}

/** A series, and when each of its samples could first be read. */
export interface SimSeries {
  readonly data: SeriesData;
  readonly readableAt: Float64Array;
}

const identity = ({ plan: { name } }: SimPod): Labels => ({ instance: `${name}:8080`, pod: name });

export const upOf = ({ pod, scrapes }: ScrapedPod): SimSeries =>
  seriesOf(
    { __name__: 'up', ...identity(pod) },
    scrapes,
    scrapes.map(({ failed }) => (failed ? 0 : 1)),
  );

/** One series for each code, there from the first request of its process with that code on. */
export const requestsOf = (scraped: ScrapedPod): Readonly<Record<'good' | 'bad', SimSeries>> => ({
  good: counterOf(scraped, 'http_requests_total', { code: '200' }, ({ failed }) => (failed ? 0 : 1)),
  bad: counterOf(scraped, 'http_requests_total', { code: '500' }, ({ failed }) => (failed ? 1 : 0)),
});

/** One series for each upper bound, in milliseconds; all are there from the first request of a process on. */
export const bucketsOf = (scraped: ScrapedPod, edges: readonly number[]): readonly SimSeries[] =>
  [...edges, Infinity].map((edge) => {
    const le = edge === Infinity ? '+Inf' : String(edge);
    const isIn = ({ latencyMs }: SimAnswer) => (latencyMs <= edge ? 1 : 0);
    return counterOf(scraped, 'http_request_duration_milliseconds_bucket', { le }, isIn, () => 1);
  });

/** There from the start of a process on. */
export const cpuOf = (scraped: ScrapedPod): SimSeries =>
  counterOf(
    scraped,
    'container_cpu_usage_seconds_total',
    { container: 'app' },
    ({ cpuSeconds }) => cpuSeconds,
    'always',
  );

export function memoryOf({ pod, scrapes }: ScrapedPod, bytes: (time: number, pod: string) => number): SimSeries {
  const seen = scrapes.filter(({ failed }) => !failed);
  const labels = { __name__: 'container_memory_working_set_bytes', ...identity(pod), container: 'app' };
  const values = seen.map(({ at }) => bytes(at, pod.plan.name));
  return seriesOf(labels, seen, values);
}

/** `there`: what must have been counted by a process before it shows the series. */
function counterOf(
  { pod, scrapes }: ScrapedPod,
  name: string,
  own: Labels,
  counts: (answer: SimAnswer) => number,
  there: ((answer: SimAnswer) => number) | 'always' = counts,
): SimSeries {
  const seen: SimScrape[] = [];
  const values: number[] = [];
  const lives = lifeStarts(pod.plan, scrapes.at(-1)?.at ?? 0);
  let [next, life, count, shown] = [0, 0, 0, 0];
  for (const one of scrapes) {
    while ((lives[life + 1] ?? Infinity) <= one.at) {
      const restart = lives[++life] as number;
      while ((pod.answers[next]?.at ?? Infinity) <= restart) next++;
      [count, shown] = [0, 0];
    }
    for (; (pod.answers[next]?.at ?? Infinity) <= one.at; next++) {
      const answer = pod.answers[next] as SimAnswer;
      count += counts(answer);
      shown += there === 'always' ? 0 : there(answer);
    }
    if (one.failed) continue;
    if (there === 'always' || shown > 0) values.push(count);
    // Whoever stores samples marks where a series that was there is not.
    else if (values.length > 0 && !Number.isNaN(values.at(-1))) values.push(Number.NaN);
    else continue;
    seen.push(one);
  }
  return seriesOf({ __name__: name, ...identity(pod), ...own }, seen, values);
}

function seriesOf(labels: Labels, scrapes: readonly SimScrape[], from: readonly number[]): SimSeries {
  const times = Float64Array.from(scrapes, ({ stamp }) => stamp);
  const values = Float64Array.from(from);
  for (const [index, value] of values.entries()) if (Number.isNaN(value)) setStale(values, index);
  return { data: { labels, times, values }, readableAt: Float64Array.from(scrapes, ({ at }) => at) };
}

/** The samples of from ≤ stamp ≤ to that can be read at `now`; undefined: none. */
export function readable(
  { data: { labels, times, values }, readableAt }: SimSeries,
  { from, to, now = to }: { readonly from: number; readonly to: number; readonly now?: number },
): SeriesData | undefined {
  const isIn = (time: number, index: number) => time >= from && time <= to && (readableAt[index] as number) <= now;
  const first = times.findIndex(isIn);
  if (first < 0) return undefined;
  const last = times.findLastIndex(isIn);
  return { labels, times: times.slice(first, last + 1), values: values.slice(first, last + 1) };
}
