// Series that are complete, as something to ask questions of: the same few questions, at hundreds of instants.
// Never takes a further sample, and so neither compresses nor copies. Called by replay.ts.
import type { Millis } from '../lib/clock.ts';
import { Postings } from '../series/postings.ts';
import type { Matcher, SeriesData, SeriesReader } from '../series/series.ts';

/** What it answers are views: they cost nothing, and are not to be written to. */
export function createArchive(all: readonly SeriesData[]): SeriesReader {
  const postings = new Postings<SeriesData>();
  for (const series of all) postings.add(series);
  const asked = new Map<string, readonly SeriesData[]>();
  const find = (matchers: readonly Matcher[]): readonly SeriesData[] => {
    const question = matchers.map(({ name, op, value }) => JSON.stringify([name, op, value])).join();
    const known = asked.get(question) ?? postings.find(matchers);
    asked.set(question, known);
    return known;
  };
  return {
    select: (matchers, from, to) =>
      find(matchers).flatMap(({ labels, times, values }) => {
        const first = firstAtOrAfter(times, from);
        const end = firstAtOrAfter(times, to, true);
        return first >= end ? [] : [{ labels, times: times.subarray(first, end), values: values.subarray(first, end) }];
      }),
  };
}

/** The index of the first time ≥ `limit`; with `beyond`, > `limit`. */
function firstAtOrAfter(times: Float64Array, limit: Millis, beyond = false): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const time = times[middle] as number;
    if (beyond ? time <= limit : time < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
