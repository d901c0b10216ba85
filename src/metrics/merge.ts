// Several selectors of one shape as one that finds what each of them finds, and its series given back to each by its own matchers.
// Never asks. Called by batch.ts; pure.
import { labelValue, NAME } from '../series/labels.ts';
import { compileMatchers } from '../series/matchers.ts';
import type { Matcher, SeriesData } from '../series/series.ts';

type Selector = readonly Matcher[];

/** Whether selectors with other values here can be one: what a label is not cannot be said with alternatives. */
export const canVary = ({ name, op }: Matcher): boolean => name !== NAME && (op === '=' || op === '=~');

/** Of selectors that differ in values that can vary only. It may find more than they do. */
export function mergedMatchers(selectors: readonly Selector[]): Selector {
  const [first = [], ...others] = selectors;
  if (others.length === 0) return first;
  return first.map((matcher, position): Matcher => {
    const values = [...new Set(selectors.map((selector) => selector[position]?.value ?? ''))];
    if (values.length === 1) return matcher;
    return { name: matcher.name, op: '=~', value: values.map((value) => alternative(matcher, value)).join('|') };
  });
}

/** What a selector adds to the text of a merged one, at most. */
export const sizeOf = (selector: Selector): number =>
  selector.reduce((sum, matcher) => sum + (canVary(matcher) ? alternative(matcher, matcher.value).length + 1 : 0), 0);

/** For each selector its own series, exactly those that it finds by itself. */
export function partsOf(
  selectors: readonly Selector[],
  series: readonly SeriesData[],
): readonly (readonly SeriesData[])[] {
  const [first] = selectors;
  if (first === undefined) return [];
  const equalities = first.filter(isEquality);
  const isCommon = first.map((matcher, position) =>
    selectors.every((selector) => selector[position]?.value === matcher.value),
  );
  const fitsAll = compileMatchers(first.filter((matcher, position) => !isEquality(matcher) && isCommon[position]));
  const byValues = new Map<string, SeriesData[]>();
  for (const one of series) {
    if (!fitsAll(one.labels)) continue;
    const key = keyOf(equalities.map(({ name }) => labelValue(one.labels, name)));
    const alike = byValues.get(key);
    if (alike === undefined) byValues.set(key, [one]);
    else alike.push(one);
  }
  return selectors.map((selector) => {
    const alike = byValues.get(keyOf(selector.filter(isEquality).map(({ value }) => value))) ?? [];
    const own = selector.filter((matcher, position) => !isEquality(matcher) && !isCommon[position]);
    if (alike.length === 0 || own.length === 0) return alike;
    const fits = compileMatchers(own);
    return alike.filter(({ labels }) => fits(labels));
  });
}

const isEquality = ({ op }: Matcher): boolean => op === '=';

const keyOf = (values: readonly string[]): string => JSON.stringify(values);

const alternative = ({ op }: Matcher, value: string): string => (op === '=' ? quoted(value) : `(?:${value})`);

/** As text in a regular expression (RE2). */
const quoted = (text: string): string => text.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&');
