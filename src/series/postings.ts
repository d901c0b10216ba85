// An inverted index: label name → value → the series that carry it; answers which series satisfy matchers.
// Never touches samples. Called by store.ts.
import { labelValue, NAME } from './labels.ts';
import { compileMatcher, type Predicate } from './matchers.ts';
import type { Labels, Matcher } from './series.ts';

export interface Indexed {
  readonly labels: Labels;
}

interface Posting<Series> {
  readonly value: string;
  /** An array: a set would take three times as much, for every label of every series. */
  series: Series[];
}

interface Test {
  readonly matcher: Matcher;
  readonly test: Predicate;
  /** Such a matcher is also satisfied by series without the label, which the index cannot name. */
  readonly takesAbsent: boolean;
}

export class Postings<Series extends Indexed> {
  #all: Series[] = [];
  readonly #byName = new Map<string, Map<string, Posting<Series>>>();

  /** One that is not in it. */
  add(series: Series): void {
    this.#all.push(series);
    for (const [name, value] of Object.entries(series.labels)) {
      const values = getOr(this.#byName, name, () => new Map<string, Posting<Series>>());
      getOr(values, value, () => ({ value, series: [] as Series[] })).series.push(series);
    }
  }

  remove(gone: ReadonlySet<Series>): void {
    const kept = (series: Series): boolean => !gone.has(series);
    this.#all = this.#all.filter(kept);
    for (const [name, values] of this.#valuesOf(gone)) {
      const postings = this.#byName.get(name);
      for (const value of values) {
        const posting = postings?.get(value);
        if (posting === undefined) continue;
        posting.series = posting.series.filter(kept);
        if (posting.series.length === 0) postings?.delete(value);
      }
      if (postings?.size === 0) this.#byName.delete(name);
    }
  }

  #valuesOf(all: Iterable<Series>): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, Set<string>>();
    for (const { labels } of all)
      for (const [name, value] of Object.entries(labels)) getOr(found, name, () => new Set<string>()).add(value);
    return found;
  }

  /** The same labels with the index's own copies of their values: a value is in memory once, however many series have it. */
  interned(labels: Labels): Labels {
    const entries = Object.entries(labels).map(([name, value]): [string, string] => [
      name,
      this.#byName.get(name)?.get(value)?.value ?? value,
    ]);
    return Object.freeze(Object.fromEntries(entries));
  }

  /** Every value that the label has somewhere, unsorted. */
  values(name: string): readonly string[] {
    return [...(this.#byName.get(name)?.keys() ?? [])];
  }

  /** Starts from the smallest set that one exact matcher names, else from what a matcher lists (the name's first), then tests the others. */
  find(matchers: readonly Matcher[]): readonly Series[] {
    const tests = matchers.map((matcher): Test => {
      const test = remembered(compileMatcher(matcher), matcher);
      return { matcher, test, takesAbsent: test('') };
    });
    const exact = this.#smallestExact(tests);
    if (exact !== undefined) return filter(exact.candidates, tests, exact.by);
    const listed = [...tests]
      .sort((a, b) => Number(b.matcher.name === NAME) - Number(a.matcher.name === NAME))
      .find((test) => !test.takesAbsent);
    if (listed === undefined) return filter(this.#all, tests, undefined);
    const listings = [...(this.#byName.get(listed.matcher.name)?.values() ?? [])];
    return listings.filter(({ value }) => listed.test(value)).flatMap(({ series }) => filter(series, tests, listed));
  }

  #smallestExact(tests: readonly Test[]): { candidates: readonly Series[]; by: Test } | undefined {
    let best: { candidates: readonly Series[]; by: Test } | undefined;
    for (const by of tests) {
      const { name, op, value } = by.matcher;
      if (op !== '=' || value === '') continue;
      const candidates: readonly Series[] = this.#byName.get(name)?.get(value)?.series ?? [];
      if (best === undefined || candidates.length < best.candidates.length) best = { candidates, by };
    }
    return best;
  }
}

function filter<Series extends Indexed>(
  candidates: readonly Series[],
  tests: readonly Test[],
  done: Test | undefined,
): Series[] {
  const rest = tests.filter((test) => test !== done);
  const kept: Series[] = [];
  for (const series of candidates)
    if (rest.every(({ matcher, test }) => test(labelValue(series.labels, matcher.name)))) kept.push(series);
  return kept;
}

/** Regexes cost a hundred comparisons, and label values repeat: each value is asked once per selection. */
function remembered(test: Predicate, matcher: Matcher): Predicate {
  if (matcher.op === '=' || matcher.op === '!=') return test;
  const known = new Map<string, boolean>();
  return (value) => getOr(known, value, () => test(value));
}

function getOr<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
