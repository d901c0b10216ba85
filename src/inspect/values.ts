// A signal's present value, as people read it: requests and CPU per second of a counter, sums of a gauge.
// For orientation only: nothing is decided by it. Called by signals.ts.
import type { SignalName } from '../analysis/profiles/profile.ts';
import { runningTotal } from '../series/increase.ts';
import { labelValue } from '../series/labels.ts';
import type { SeriesData } from '../series/series.ts';

/** Signals whose value takes two scrapes. */
export const COUNTERS: readonly SignalName[] = ['requests', 'errors', 'clientErrors', 'cpuUsage'];

/** Undefined where the samples do not tell yet. */
export function textOf(signal: SignalName, series: readonly SeriesData[]): string | undefined {
  switch (signal) {
    case 'requests':
    case 'errors':
    case 'clientErrors':
      return withUnit(perSecond(series), '/s');
    case 'cpuUsage':
      return withUnit(perSecond(series), ' cores');
    case 'cpuLimit':
      return withUnit(sum(series), ' cores');
    case 'memoryUsage':
    case 'memoryLimit':
      return withUnit(sum(series) / 2 ** 20, ' MiB');
    case 'latency':
      return `${new Set(series.map(({ labels }) => labelValue(labels, 'le'))).size} buckets`;
  }
}

const withUnit = (value: number | undefined, unit: string): string | undefined =>
  value === undefined ? undefined : `${Number(value.toPrecision(3))}${unit}`;

/** Of all series together, over the time that their samples span; undefined with less than two samples. */
function perSecond(series: readonly SeriesData[]): number | undefined {
  let counted = 0;
  let from = Infinity;
  let to = -Infinity;
  for (const one of series) {
    const { times, totals } = runningTotal(one);
    counted += totals.at(-1) ?? 0;
    from = Math.min(from, times[0] ?? Infinity);
    to = Math.max(to, times.at(-1) ?? -Infinity);
  }
  return to > from ? (counted / (to - from)) * 1000 : undefined;
}

const sum = (series: readonly SeriesData[]): number =>
  series.reduce((total, { values }) => total + (values.findLast((value) => !Number.isNaN(value)) ?? 0), 0);
