// Rules that decide about releases, on the same simulated streams: wrong roll backs, wrong promotions, and what a right answer takes.
// Words: scenarios (all, where left out); `fast`: a small subset that keeps nothing; `page`: measures nothing; `anew`: forgets what was played.
// CASE, RUNS, THREADS and BUDGET (seconds) in the environment say which and how many. See README.md.
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { machine } from '../machine.ts';
import type { Bench } from '../run.ts';
import { missed } from './asked.ts';
import { measured } from './measuring.ts';
import { withPart } from './page.ts';
import { PLOTS } from './pictures.ts';
import { forgetPieces } from './pieces.ts';
import { SCENARIOS } from './scenarios/list.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { readStored, writeStored } from './stored.ts';
import { type MeasuredCase, sectionOf } from './tables.ts';
import { type Crew, createCrew } from './workers.ts';

const DOCS = new URL('../../docs/reference/', import.meta.url);
const MODES = ['fast', 'page', 'anew'] as const;

interface Options {
  readonly modes: ReadonlySet<string>;
  readonly scenarios: readonly Scenario[];
  readonly runs: number | undefined;
  readonly threads: number;
  readonly goesOn: () => boolean;
  /** A part of a case's name. */
  readonly only: string;
}

export const bench: Bench = {
  title: 'decisions: release rules on the same simulated streams, ours and the rivals’',
  words: [...MODES, ...SCENARIOS.map(({ id }) => id)],
  async run(words) {
    const options = optionsOf(words);
    const { modes, scenarios, threads } = options;
    console.error(`${machine()}; ${threads} threads`);
    await using crew = createCrew(modes.has('page') ? 1 : threads);
    const misses: string[] = [];
    for (const scenario of scenarios) {
      if (modes.has('anew')) await forgetPieces(scenario.id);
      const found = modes.has('page') ? await readStored(scenario) : await played(crew, scenario, options);
      if (found.length === 0) continue;
      const section = sectionOf(scenario, found);
      console.log(`${section}\n`);
      misses.push(...missed(scenario, found));
      if (!modes.has('fast')) await keep(scenario, section, found);
    }
    if (misses.length > 0) throw new Error(`missed:\n${misses.join('\n')}`);
    console.log('Nothing that is asked was missed.');
  },
};

function optionsOf(words: readonly string[]): Options {
  const modes = new Set(words.filter((word) => MODES.some((mode) => mode === word)));
  const ids = words.filter((word) => !modes.has(word));
  const isFast = modes.has('fast');
  const chosen = SCENARIOS.filter(({ id }) => ids.length === 0 || ids.includes(id));
  const began = performance.now();
  const budget = numberOf('BUDGET') ?? Number.POSITIVE_INFINITY;
  return {
    modes,
    scenarios: chosen.filter(({ fastRuns }) => !isFast || fastRuns !== undefined),
    runs: numberOf('RUNS'),
    // A fast run is for a pipeline with a core of its own.
    threads: numberOf('THREADS') ?? (isFast ? 1 : availableParallelism()),
    goesOn: () => performance.now() - began < budget * 1000,
    only: process.env['CASE'] ?? '',
  };
}

function numberOf(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name}=${text} is not a whole number above zero`);
  return value;
}

/** With what was measured of other cases before. */
async function played(crew: Crew, scenario: Scenario, { modes, runs, goesOn, only }: Options) {
  const isFast = modes.has('fast');
  const cases = scenario.cases.filter(({ name, isLong }) => name.includes(only) && !(isFast && isLong === true));
  const found = await measured(scenario, {
    crew,
    cases,
    runs: runs ?? (isFast ? scenario.fastRuns : undefined),
    keeps: !isFast,
    goesOn,
    onCase: (name, count, seconds) => console.error(`${scenario.id}  ${name}: ${count} runs, ${seconds.toFixed(1)} s`),
  });
  if (isFast) return found;
  const before = await readStored(scenario);
  return scenario.cases.flatMap((of): readonly MeasuredCase[] => {
    const [anew, known] = [found, before].map((all) => all.find((one) => one.of === of)?.tallies ?? {});
    const tallies = { ...known, ...anew };
    // Fewer runs than were measured once, on another machine say, are no better figure.
    for (const [rule, tally] of Object.entries(known ?? {}))
      if (tally.runs > (anew?.[rule]?.runs ?? 0)) tallies[rule] = tally;
    return Object.keys(tallies).length === 0 ? [] : [{ of, tallies }];
  });
}

async function keep(scenario: Scenario, section: string, found: readonly MeasuredCase[]): Promise<void> {
  await writeStored(scenario, found);
  const page = new URL('decisions.md', DOCS);
  await writeFile(page, withPart(await readFile(page, 'utf8'), scenario.id, section));
  for (const { of, file, draw } of PLOTS)
    if (of === scenario.id) await writeFile(new URL(file, DOCS), draw(scenario, found));
}
