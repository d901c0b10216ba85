// A pod's proxy as a Prometheus sees it: Istio's counters by code and bucket, at the times of its scrapes; some fail, and say so.
// Never says what is true: what was counted and not scraped is not here. Called by the cluster.
import { type Labels, type SeriesData, setStale } from '../../../src/series/series.ts';
import type { PodCounts } from './pods.ts';

/** A series that grows; NaN stands for a staleness marker. Times in milliseconds. */
interface Growing {
  readonly labels: Labels;
  readonly stamps: number[];
  readonly values: number[];
  isThere: boolean;
}

interface Counter {
  readonly series: Growing;
  count: number;
}

export interface ScrapedPod {
  readonly series: readonly Growing[];
  /** Time stamps are so much later than the scrapes were. */
  readonly skewMs: number;
  count(counts: PodCounts): void;
  /** Its process begins anew. */
  reset(): void;
  scrape(at: number, failed: boolean): void;
  /** The last successful scrape up to `now`. */
  newest(now: number): number | undefined;
}

export function scrapedPod(target: Labels, traffic: Labels, edges: readonly number[], skewMs: number): ScrapedPod {
  const series: Growing[] = [];
  const opened = (labels: Labels): Growing => {
    const one = { labels, stamps: [], values: [], isThere: false };
    series.push(one);
    return one;
  };
  const up = opened({ ...target, __name__: 'up' });
  const counter = (labels: Labels): Counter => ({ series: opened({ ...target, ...traffic, ...labels }), count: 0 });
  const byCode = (code: string) => counter({ __name__: 'istio_requests_total', response_code: code });
  const [good, bad] = [byCode('200'), byCode('503')];
  const below = edges.map((edge) =>
    counter({
      __name__: 'istio_request_duration_milliseconds_bucket',
      response_code: '200',
      le: edge === Number.POSITIVE_INFINITY ? '+Inf' : String(edge),
    }),
  );
  const { namespace = '', pod = '' } = target;
  const container = { namespace, pod, container: 'app', job: 'kubelet', instance: 'node' };
  const cpu = { series: opened({ ...container, __name__: 'container_cpu_usage_seconds_total' }), count: 0 };
  const codes = [good, bad];
  return {
    series,
    skewMs,
    count({ requests, failed, slow, cpuSeconds = 0 }) {
      cpu.count += cpuSeconds;
      good.count += requests - failed;
      bad.count += failed;
      let upTo = 0;
      for (const [bucket, count] of (slow ?? []).entries()) {
        upTo += count;
        below[bucket]!.count += upTo;
      }
    },
    reset() {
      for (const one of [...codes, ...below, cpu]) one.count = 0;
    },
    scrape(at, failed) {
      const stamp = at + skewMs;
      append(up, stamp, failed ? 0 : 1);
      // A code's series is there from its first answer on, all buckets of a histogram from the first of any.
      for (const one of [...codes, cpu]) show(one, stamp, !failed && one.count > 0);
      const isCounted = !failed && (below.at(-1)?.count ?? 0) > 0;
      for (const one of below) show(one, stamp, isCounted);
    },
    newest(now) {
      const index = up.stamps.findLastIndex((stamp, at) => stamp <= now && up.values[at] === 1);
      return up.stamps[index];
    },
  };
}

function show({ series, count }: Counter, stamp: number, isThere: boolean): void {
  // Whoever stores samples marks where a series that was there is not.
  if (isThere) append(series, stamp, count);
  else if (series.isThere) append(series, stamp, Number.NaN);
  series.isThere = isThere;
}

function append({ stamps, values }: Growing, stamp: number, value: number): void {
  stamps.push(stamp);
  values.push(value);
}

/** Samples of from ≤ stamp ≤ to, of scrapes up to `now`; undefined: none. */
export function cut(
  { labels, stamps, values }: Growing,
  from: number,
  to: number,
  scrapedBy: number,
): SeriesData | undefined {
  const first = firstAfter(stamps, from - 1);
  const last = firstAfter(stamps, Math.min(to, scrapedBy));
  if (first >= last) return undefined;
  const data = { labels, times: Float64Array.from(stamps.slice(first, last)), values: new Float64Array(last - first) };
  for (let index = first; index < last; index += 1) {
    const value = values[index]!;
    if (Number.isNaN(value)) setStale(data.values, index - first);
    else data.values[index - first] = value;
  }
  return data;
}

/** Of ascending whole numbers. */
function firstAfter(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
