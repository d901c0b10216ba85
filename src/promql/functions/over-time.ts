// Aggregations of one series over its window: *_over_time, changes, resets.
// Semantics: Prometheus 3, promql/functions.go. Called through functions/table.ts.
import { CompensatedSum, CompensatedVariance, fed, least, Mean, most, quantile } from '../numbers.ts';
import { overWindow } from './shapes.ts';
import type { Window } from './window.ts';

export const avgOverTime = overWindow(({ values }) => fed(new Mean(), values));
export const sumOverTime = overWindow(({ values }) => fed(new CompensatedSum(), values));
export const minOverTime = overWindow(({ values }) => least(values));
export const maxOverTime = overWindow(({ values }) => most(values));
export const countOverTime = overWindow(({ count }) => count);
export const presentOverTime = overWindow(() => 1);
export const stdvarOverTime = overWindow(({ values }) => fed(new CompensatedVariance(), values));
export const stddevOverTime = overWindow(({ values }) => Math.sqrt(fed(new CompensatedVariance(), values)));
export const firstOverTime = overWindow((window) => window.valueAt(0), { keepsName: true });
export const lastOverTime = overWindow((window) => window.valueAt(-1), { keepsName: true });

export const quantileOverTime = overWindow(({ values }, [q = Number.NaN]) => quantile(q, values), {
  scalarsFirst: 1,
  note: (notes, _, [q = Number.NaN], [parameter]) => {
    if (parameter !== undefined) notes.invalidQuantile(q, parameter);
  },
});

/** The median of the distances to the median. */
export const madOverTime = overWindow(({ values }) => {
  if (values.some(Number.isNaN)) return Number.NaN;
  const median = quantile(0.5, values);
  return quantile(
    0.5,
    values.map((value) => Math.abs(value - median)),
  );
});

/** Seconds since the Unix epoch; of several samples that are as large or as small, the newest. */
export const tsOfFirstOverTime = overWindow((window) => window.timeAt(0) / 1000);
export const tsOfLastOverTime = overWindow((window) => window.timeAt(-1) / 1000);
export const tsOfMaxOverTime = overWindow((window) => timeOf(window, (now, best) => now >= best));
export const tsOfMinOverTime = overWindow((window) => timeOf(window, (now, best) => now <= best));

function timeOf(window: Window, wins: (now: number, best: number) => boolean): number {
  const { values } = window;
  let best = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[best] ?? Number.NaN;
    if (Number.isNaN(value) || wins(values[i] ?? Number.NaN, value)) best = i;
  }
  return window.timeAt(best) / 1000;
}

export const changes = overWindow(({ values }) =>
  countPairs(values, (before, now) => now !== before && !(Number.isNaN(now) && Number.isNaN(before))),
);
export const resets = overWindow(({ values }) => countPairs(values, (before, now) => now < before));

function countPairs(values: Float64Array, counts: (before: number, now: number) => boolean): number {
  let pairs = 0;
  for (let i = 1; i < values.length; i += 1) if (counts(values[i - 1] as number, values[i] as number)) pairs += 1;
  return pairs;
}
