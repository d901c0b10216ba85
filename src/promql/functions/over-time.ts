// Aggregations of one series over its window: *_over_time, changes, resets.
// Semantics: Prometheus 3, promql/functions.go. Called through functions/table.ts.
import { CompensatedSum, fed, least, Mean, most, quantile, Variance } from '../numbers.ts';
import { overWindow } from './shapes.ts';

export const avgOverTime = overWindow(({ values }) => fed(new Mean(), values));
export const sumOverTime = overWindow(({ values }) => fed(new CompensatedSum(), values));
export const minOverTime = overWindow(({ values }) => least(values));
export const maxOverTime = overWindow(({ values }) => most(values));
export const countOverTime = overWindow(({ values }) => values.length);
export const presentOverTime = overWindow(() => 1);
export const stdvarOverTime = overWindow(({ values }) => fed(new Variance(), values));
export const stddevOverTime = overWindow(({ values }) => Math.sqrt(fed(new Variance(), values)));
export const lastOverTime = overWindow(({ values }) => values.at(-1), { keepsName: true });

export const quantileOverTime = overWindow(({ values }, [q = Number.NaN]) => quantile(q, values), { scalarsFirst: 1 });

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
