// Series written down sample by sample, times in seconds; 'stale' is a staleness marker.
// Never sorts or checks: what is wrong with samples is what tests are about. Used by tests of what reads raw counters.
import { type Labels, type SeriesData, setStale } from '../../src/series/series.ts';

export type RawSample = readonly [seconds: number, value: number | 'stale'];

export function rawSeries(labels: Labels, ...samples: readonly RawSample[]): SeriesData {
  const times = Float64Array.from(samples, ([seconds]) => seconds * 1000);
  const values = Float64Array.from(samples, ([, value]) => (value === 'stale' ? Number.NaN : value));
  for (const [index, [, value]] of samples.entries()) if (value === 'stale') setStale(values, index);
  return { labels, times, values };
}

/** Labels of a pod's own target. */
export const podLabels = (pod: string, more: Labels = {}): Labels => ({ instance: `${pod}:8080`, pod, ...more });

/** A target that was scraped at these times. */
export const upAt = (pod: string, ...seconds: readonly number[]): SeriesData =>
  rawSeries(podLabels(pod, { __name__: 'up' }), ...seconds.map((time) => [time, 1] as const));

/** A counter that grows by `perScrape` from 0 on. */
export const steady = (pod: string, seconds: readonly number[], perScrape: number, more: Labels = {}): SeriesData =>
  rawSeries(podLabels(pod, more), ...seconds.map((time, index) => [time, index * perScrape] as const));

/** from, from + step … up to `to`. */
export const every = (step: number, from: number, to: number): readonly number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
