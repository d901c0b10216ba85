// Recordings of two versions under traffic, made up from a few numbers: as series, and as the text that promtool would dump.
// Never random. Called by tests of replay, and by its benchmark.
import { formatSeries } from '../../src/series/exposition.ts';
import { isStale, type Labels, type SeriesData } from '../../src/series/series.ts';
import { createStore } from '../../src/series/store.ts';

export const RECORDED_FROM = Date.parse('2026-01-01T00:00:00Z');

export interface Behaviour {
  /** Requests per second, and the share of them that fails, at a second of the recording. */
  readonly rate?: number;
  readonly errors?: (second: number) => number;
  /** Not there before, or at all. */
  readonly from?: number;
  readonly absent?: boolean;
  /** Its counters begin anew at this second, as after a restart. */
  readonly restartsAt?: number;
}

export interface Recorded {
  readonly seconds?: number;
  readonly everySeconds?: number;
  readonly canary?: Behaviour;
  readonly stable?: Behaviour;
  /** No target was scraped between these seconds. */
  readonly gap?: readonly [number, number];
  readonly up?: boolean;
  /** Of each version. */
  readonly pods?: number;
}

const LABELS = { namespace: 'prod', app: 'checkout-service' };

/** Who they are, as a replay is told. */
export const RECORDED_PAIR = {
  stable: { deployment: 'checkout-service-v1', labels: { ...LABELS, version: 'v1' } },
  canary: { deployment: 'checkout-service-v2', labels: { ...LABELS, version: 'v2' } },
} as const;

/** Of each pod `up`, requests by code, and a duration histogram. */
export function recordedSeries(recorded: Recorded = {}): readonly SeriesData[] {
  const { seconds = 600, everySeconds = 5, gap = [0, 0], up = true, pods = 2 } = recorded;
  const store = createStore({ retentionMs: Number.MAX_SAFE_INTEGER });
  const behaviours = { v1: recorded.stable ?? {}, v2: recorded.canary ?? {} };
  for (const [version, behaviour] of Object.entries(behaviours)) {
    if (behaviour.absent === true) continue;
    for (let index = 0; index < pods; index++) {
      const pod = `checkout-service-${version}-7c5d-${String(index).padStart(5, 'a')}`;
      const target = { ...LABELS, version, pod, instance: `${pod}:9090`, job: 'pods' };
      let [good, bad] = [0, 0];
      for (let second = 0; second <= seconds; second += everySeconds) {
        if (second < (behaviour.from ?? 0)) continue;
        const share = behaviour.errors?.(second) ?? 0;
        const requests = second === (behaviour.from ?? 0) ? 0 : ((behaviour.rate ?? 40) / pods) * everySeconds;
        [good, bad] = [good + requests * (1 - share), bad + requests * share];
        if (second === behaviour.restartsAt) [good, bad] = [requests, 0];
        if (second > gap[0] && second < gap[1]) continue;
        const add = (labels: Labels, value: number) =>
          store.append({ ...target, ...labels }, RECORDED_FROM + second * 1000, value);
        if (up) add({ __name__: 'up' }, 1);
        add({ __name__: 'http_requests_total', method: 'GET', code: '200' }, Math.round(good));
        if (bad > 0) add({ __name__: 'http_requests_total', method: 'GET', code: '500' }, Math.round(bad));
        for (const [le, part] of [
          ['0.05', 0.6],
          ['0.1', 0.96],
          ['0.25', 1],
          ['+Inf', 1],
        ] as const)
          add({ __name__: 'http_request_duration_seconds_bucket', method: 'GET', le }, Math.round((good + bad) * part));
      }
    }
  }
  return store.select([], RECORDED_FROM, RECORDED_FROM + seconds * 1000);
}

/** Series after series, one sample a line, seconds with three decimals; a staleness marker is a NaN there. */
export function asOpenMetrics(series: readonly SeriesData[]): string {
  const lines = series.flatMap(({ labels, times, values }) => {
    const name = formatSeries(labels).replaceAll('",', '", ');
    return Array.from(times, (time, index) => `${name} ${numberText(values, index)} ${(time / 1000).toFixed(3)}\n`);
  });
  return `${lines.join('')}# EOF\n`;
}

function numberText(values: Float64Array, index: number): string {
  const value = values[index] as number;
  if (isStale(values, index) || Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

/** As `query_range` (or a range selector) answers. */
export const asMatrix = (series: readonly SeriesData[]): string =>
  JSON.stringify({
    status: 'success',
    data: {
      resultType: 'matrix',
      result: series.map(({ labels, times, values }) => ({
        metric: labels,
        values: Array.from(times, (time, index) => [time / 1000, numberText(values, index)]),
      })),
    },
  });

/** One file, in pieces that end anywhere. */
export async function* inPieces(text: string, length = 1000): AsyncGenerator<string> {
  for (let start = 0; start < text.length; start += length) yield text.slice(start, start + length);
}
