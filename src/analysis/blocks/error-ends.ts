// Errors around the two ends of a block, between the scrapes on either side: when in between they were made nobody knows.
// Never says what follows from it (src/stats/rate-worse.ts does). Called by errors.ts.
import type { Around, Ends } from './target.ts';

/** What was counted since the scrape before an end, and from there to the scrape after, as if it had come evenly. */
export interface ErrorEnds {
  readonly from: ErrorsAround;
  readonly to: ErrorsAround;
}

export interface ErrorsAround {
  readonly before: Counted;
  readonly after: Counted;
}

/** Fractions, where it was shared out. */
export interface Counted {
  readonly requests: number;
  readonly errors: number;
  /** By the names that were asked for; left out where none were. */
  readonly others?: Readonly<Record<string, number>>;
}

interface WithEnds {
  readonly ends?: ErrorEnds;
}

/** Of one pod; left out where nothing that may have failed is around its ends. */
export function endsOf(ends: Ends | undefined, names: readonly string[]): WithEnds {
  if (ends === undefined) return {};
  const all = [ends.from, ends.to].flatMap(({ before, after }) => [before, after]);
  if (!all.some((counts) => counts.some((count, place) => place > 0 && count > 0))) return {};
  const around = ({ before, after }: Around): ErrorsAround => ({
    before: counted(before, names),
    after: counted(after, names),
  });
  return { ends: { from: around(ends.from), to: around(ends.to) } };
}

const counted = (counts: readonly number[], names: readonly string[]): Counted => ({
  requests: counts[0] ?? 0,
  errors: counts[1] ?? 0,
  ...(names.length > 0 && { others: Object.fromEntries(names.map((name, place) => [name, counts[place + 2] ?? 0])) }),
});

/** Of several pods. */
export function endsTogether(all: readonly WithEnds[], names: readonly string[]): WithEnds {
  const each = all.flatMap(({ ends }) => (ends === undefined ? [] : [ends]));
  if (each.length === 0) return {};
  const around = (ends: readonly ErrorsAround[]): ErrorsAround => ({
    before: together(
      ends.map(({ before }) => before),
      names,
    ),
    after: together(
      ends.map(({ after }) => after),
      names,
    ),
  });
  return { ends: { from: around(each.map(({ from }) => from)), to: around(each.map(({ to }) => to)) } };
}

const together = (counts: readonly Counted[], names: readonly string[]): Counted => ({
  requests: counts.reduce((total, { requests }) => total + requests, 0),
  errors: counts.reduce((total, { errors }) => total + errors, 0),
  ...othersOf(counts, names),
});

export function othersOf(all: readonly Counted[], names: readonly string[]): Pick<Counted, 'others'> {
  if (names.length === 0) return {};
  const sum = (name: string) => all.reduce((total, { others }) => total + (others?.[name] ?? 0), 0);
  return { others: Object.fromEntries(names.map((name) => [name, sum(name)])) };
}
