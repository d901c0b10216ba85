// Plays the runs of a scenario that are still missing, as far as the time goes, and sums them up.
// Never judges. Called by the benchmark and by the test.
import type { Chunk } from './chunk.ts';
import { differing, type Outcome, rolledBackByMinute, type Tally, tallyOf } from './figures.ts';
import { type Played, readPieces, writePieces } from './pieces.ts';
import { type Case, runsOf, type Scenario } from './scenarios/scenario.ts';
import { type MeasuredCase, wantedOf } from './tables.ts';
import type { Crew } from './workers.ts';

export interface Measuring {
  readonly crew: Crew;
  readonly cases: readonly Case[];
  /** In place of the scenario's. */
  readonly runs?: number | undefined;
  /** False: nothing is read from `.cache` or written there. */
  readonly keeps: boolean;
  /** Whether there is time for another chunk. */
  readonly goesOn: () => boolean;
  /** Told after each case. */
  readonly onCase?: (name: string, runs: number, seconds: number) => void;
}

/** A chunk takes some seconds at most. */
const MOST_RUNS = 10;
const CHUNKS_PER_THREAD = 8;

export async function measured(scenario: Scenario, measuring: Measuring): Promise<readonly MeasuredCase[]> {
  const { cases, keeps, onCase } = measuring;
  const played = new Map<string, Played>();
  for (const of of cases) {
    const began = performance.now();
    const before = keeps ? await readPieces(scenario.id, of.name) : {};
    const chunks = missing(scenario, of, before, measuring);
    const after = await withChunks(before, chunks, measuring);
    played.set(of.name, after);
    if (keeps && chunks.length > 0) await writePieces(scenario.id, of.name, after);
    onCase?.(of.name, leastRuns(after), (performance.now() - began) / 1000);
  }
  return cases.map((of) => ({ of, tallies: talliesOf(scenario, of, played) }));
}

const leastRuns = (played: Played): number => Math.min(...Object.values(played).map(({ length }) => length));

/** Rules that lack the same runs are shown them together. */
function missing(scenario: Scenario, of: Case, before: Played, { runs, crew }: Measuring): readonly Chunk[] {
  const lacks = scenario.rules.map((rule) => ({
    rule,
    from: before[rule]?.length ?? 0,
    to: Math.min(runs ?? Number.POSITIVE_INFINITY, runsOf(scenario, of, rule)),
  }));
  const ends = [...new Set(lacks.flatMap(({ from, to }) => [from, to]))].toSorted((a, b) => a - b);
  return ends.slice(1).flatMap((end, index): readonly Chunk[] => {
    const begin = ends[index]!;
    const rules = lacks.filter(({ from, to }) => from <= begin && end <= to).map(({ rule }) => rule);
    if (rules.length === 0) return [];
    const size = Math.min(MOST_RUNS, Math.max(1, Math.ceil((end - begin) / (crew.threads * CHUNKS_PER_THREAD))));
    const starts = Array.from({ length: Math.ceil((end - begin) / size) }, (_, step) => begin + step * size);
    return starts.map((from) => ({
      scenario: scenario.id,
      name: of.name,
      rules,
      from,
      to: Math.min(end, from + size),
    }));
  });
}

async function withChunks(before: Played, chunks: readonly Chunk[], { crew, goesOn }: Measuring): Promise<Played> {
  const found = new Map<string, Map<number, readonly Outcome[]>>();
  await crew.play(
    chunks,
    ({ rules, from }, played) => {
      for (const [index, rule] of rules.entries())
        found.set(rule, (found.get(rule) ?? new Map()).set(from, played[index]!));
    },
    goesOn,
  );
  const rules = new Set([...Object.keys(before), ...found.keys()]);
  return Object.fromEntries(
    [...rules].map((rule) => {
      const outcomes = [...(before[rule] ?? [])];
      const own = found.get(rule);
      // A chunk that came back while one before it did not is left out.
      for (let next = own?.get(outcomes.length); next !== undefined; next = own?.get(outcomes.length))
        outcomes.push(...next);
      return [rule, outcomes];
    }),
  );
}

function talliesOf(
  scenario: Scenario,
  { name, likeCase, truth }: Case,
  played: ReadonlyMap<string, Played>,
): Readonly<Record<string, Tally>> {
  const own = played.get(name) ?? {};
  const entries = scenario.rules.flatMap((rule): readonly (readonly [string, Tally])[] => {
    const outcomes = own[rule] ?? [];
    if (outcomes.length === 0) return [];
    const like = likeCase && played.get(likeCase)?.[rule];
    const tally = {
      ...tallyOf(outcomes, wantedOf(scenario)),
      ...(like && { differs: differing(outcomes, like) }),
      ...(scenario.hasCurve && { byMinute: rolledBackByMinute(outcomes, truth.seconds / 60) }),
    };
    return [[rule, tally]];
  });
  return Object.fromEntries(entries);
}
