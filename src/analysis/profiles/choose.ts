// Which of the metrics that may carry a signal does: the first that has samples. One rule for the controller and `serin metrics check`.
// Never fetches: it says what to select at once, and what of that to keep. Called by controller/ and inspect/.
import { labelValue, NAME } from '../../series/labels.ts';
import { compileMatchers } from '../../series/matchers.ts';
import type { Labels, Matcher } from '../../series/series.ts';
import { type VersionSeries, whose } from './identity.ts';
import { type ErrorFamily, type Family, fits, is } from './profile.ts';

/**
 * Selects the series of all the metrics at once. They must be alike in whose they are; what each has beyond that (and only
 * the first may turn out to count) is looked at in `chosen`, unless it is the same for all.
 */
export function selectAny(families: readonly Family[], version: VersionSeries): readonly Matcher[] {
  const [first, ...more] = families;
  if (first === undefined) throw new RangeError('a signal with no metric');
  const names = [...new Set(families.map(({ metric }) => metric))];
  const name = names.length === 1 ? is(NAME, first.metric) : fits(NAME, names.join('|'));
  const where = JSON.stringify(first.where);
  const isCommon = more.every((family) => JSON.stringify(family.where) === where);
  return [name, ...whose(first, version), ...(isCommon ? first.where : [])];
}

/** The same for metrics that may differ in whose they are: as few selectors as there are ways to tell that. */
export const selectAll = (families: readonly Family[], version: VersionSeries): readonly (readonly Matcher[])[] =>
  [...Map.groupBy(families, (family) => JSON.stringify(whose(family, version))).values()].map((alike) =>
    selectAny(alike, version),
  );

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

type Told = { readonly labels: Labels };

/** Whether a label with the code is on any of the series of the family's metric. */
export const tellsCodes = ({ metric, label }: ErrorFamily, series: readonly Told[]): boolean =>
  series.some(({ labels }) => labels[NAME] === metric && CODE.test(labelValue(labels, label)));

/** Codes and their classes; a `status` may say other things. */
const CODE = /^[0-5]/;

/** Which of the families tells errors among these series; undefined where none can. */
export const tellerAmong = (families: readonly ErrorFamily[], series: readonly Told[]): ErrorFamily | undefined =>
  families.find((one) =>
    one.label === '' ? series.some(({ labels }) => labels[NAME] === one.metric) : tellsCodes(one, series),
  );

/** Errors among these series; undefined where none of the families can tell them. */
export function errorsAmong<Series extends Told>(
  families: readonly ErrorFamily[],
  series: readonly Series[],
): readonly Series[] | undefined {
  const family = tellerAmong(families, series);
  if (family === undefined) return undefined;
  const tests = family.anyOf.map((matchers) => compileMatchers(matchers));
  return series.filter(({ labels }) => labels[NAME] === family.metric && tests.some((test) => test(labels)));
}
