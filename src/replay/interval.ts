// How often the targets of a recording were scraped, from the spacing of its samples.
// Never guesses from less than two samples of one series. Called by replay.ts.
import { NAME } from '../series/labels.ts';
import type { Labels, SeriesData } from '../series/series.ts';

/**
 * The median spacing, in milliseconds, rounded to tenths of a second where it is longer than one: of the versions' `up` where they have some, else of any of
 * their series, else of all. Undefined: no series has two samples.
 */
export function scrapeIntervalOf(series: readonly SeriesData[], versions: readonly Labels[]): number | undefined {
  const own = series.filter(({ labels }) => versions.some((version) => carries(labels, version)));
  const ups = own.filter(({ labels }) => labels[NAME] === 'up');
  for (const some of [ups, own, series]) {
    const spacing = medianSpacing(some);
    if (spacing !== undefined) return spacing >= 1000 ? Math.round(spacing / 100) * 100 : spacing;
  }
  return undefined;
}

const carries = (labels: Labels, version: Labels): boolean =>
  Object.entries(version).every(([name, value]) => labels[name] === value);

function medianSpacing(series: readonly SeriesData[]): number | undefined {
  const spacings: number[] = [];
  for (const { times } of series)
    for (let index = 1; index < times.length; index++)
      spacings.push((times[index] as number) - (times[index - 1] as number));
  spacings.sort((a, b) => a - b);
  return spacings[Math.floor(spacings.length / 2)];
}
