// Which of the metrics that may carry a signal does: the first that has samples. One rule for the controller and `serin metrics check`.
// Never fetches: it says what to select at once, and what of that to keep. Called by controller/samples.ts and metrics-check.
import { NAME } from '../../series/labels.ts';
import { compileMatchers } from '../../series/matchers.ts';
import type { Labels, Matcher } from '../../series/series.ts';
import { matchersOf, type VersionSeries, whose } from './identity.ts';
import { type Family, fits } from './profile.ts';

/**
 * Selects the series of all the metrics at once. They must be alike in whose they are; what each has beyond that (and only
 * the first may turn out to count) is looked at in `chosen`.
 */
export function selectAny(families: readonly Family[], version: VersionSeries): readonly Matcher[] {
  const [first, ...more] = families;
  if (first === undefined) throw new RangeError('a signal with no metric');
  if (more.length === 0) return matchersOf(first, version);
  const names = [...new Set(families.map(({ metric }) => metric))];
  return [fits(NAME, names.join('|')), ...whose(first, version)];
}

/** The first metric with a series, and its series; undefined where none has any. */
export function chosen<Kind extends Family, Series extends { readonly labels: Labels }>(
  families: readonly Kind[],
  found: readonly Series[],
): { readonly family: Kind; readonly series: readonly Series[] } | undefined {
  for (const family of families) {
    const matches = compileMatchers(family.where);
    const series = found.filter(({ labels }) => labels[NAME] === family.metric && matches(labels));
    if (series.length > 0) return { family, series };
  }
  return undefined;
}
