// Aggregations of one series over its window: *_over_time, changes, resets.
// Semantics: Prometheus 3, promql/functions.go. Called through functions/table.ts.
import { CompensatedSum, fed, least, Mean, most, quantile, Variance } from '../numbers.ts';
import type { Window } from './function.ts';
import { overWindow } from './shapes.ts';

export const avgOverTime = overWindow(({ values }) => fed(new Mean(), values));
export const sumOverTime = overWindow(({ values }) => fed(new CompensatedSum(), values));
export const minOverTime = overWindow(({ values }) => least(values));
export const maxOverTime = overWindow(({ values }) => most(values));
export const countOverTime = overWindow(({ values }) => values.length);
export const presentOverTime = overWindow(() => 1);
export const stdvarOverTime = overWindow(({ values }) => fed(new Variance(), values));
export const stddevOverTime = overWindow(({ values }) => Math.sqrt(fed(new Variance(), values)));
export const firstOverTime = overWindow(({ values }) => values[0], { keepsName: true });
export const lastOverTime = overWindow(({ values }) => values.at(-1), { keepsName: true });

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
export const tsOfFirstOverTime = overWindow(({ times }) => (times[0] ?? Number.NaN) / 1000);
export const tsOfLastOverTime = overWindow(({ times }) => (times.at(-1) ?? Number.NaN) / 1000);
export const tsOfMaxOverTime = overWindow((window) => timeOf(window, (now, best) => now >= best));
export const tsOfMinOverTime = overWindow((window) => timeOf(window, (now, best) => now <= best));

function timeOf({ times, values }: Window, wins: (now: number, best: number) => boolean): number {
  let best = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[best] ?? Number.NaN;
    if (Number.isNaN(value) || wins(values[i] ?? Number.NaN, value)) best = i;
  }
  return (times[best] ?? Number.NaN) / 1000;
}

export const changes = overWindow(({ values }) =>
  countPairs(values, (before, now) => now !== before && !(Number.isNaN(now) && Number.isNaN(before))),
);
export const resets = overWindow(({ values }) => countPairs(values, (before, now) => now < before));

function countPairs(values: Float64Array, counts: (before: number, now: number) => boolean): number {
  let pairs = 0;
  let before = values[0] ?? Number.NaN;
  for (const now of values) {
    if (counts(before, now)) pairs += 1;
    before = now;
  }
  return pairs;
}
