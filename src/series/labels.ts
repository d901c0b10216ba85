// The identity of a series: its labels without empty values, in one canonical text.
// Never reads samples. Called by the store, the scraper and promql.
import type { Labels } from './series.ts';

/** The metric's name is an ordinary label with this name. */
export const NAME = '__name__';

/** The value of a label, '' when absent. Safe for labels named like Object's own members ("constructor"). */
export const labelValue = (labels: Labels, name: string): string =>
  Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';

// By UTF-16 code units: the order need only be the same everywhere.
const byName = ([a]: [string, string], [b]: [string, string]): number => (a < b ? -1 : a > b ? 1 : 0);

/** Equal for two label sets exactly when they name the same series. */
export const seriesKey = (labels: Labels): string =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([, value]) => value !== '')
      .sort(byName),
  );

/**
 * The labels a key stands for, names in order. Their strings are fresh: a label cut out of a scraped page
 * would otherwise keep the whole page in memory for as long as the series lives.
 */
export const labelsOfKey = (key: string): Labels =>
  // fromEntries defines own properties, so a label named `__proto__` is only a label.
  Object.fromEntries(JSON.parse(key) as [string, string][]);
