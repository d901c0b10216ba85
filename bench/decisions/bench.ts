// Rules that decide about releases, on the same simulated streams: wrong roll backs, wrong promotions, and what a right answer takes.
// Without words all scenarios, into docs/reference/decisions.md; `N1 A1` only those; `fast` a small subset that writes nothing.
// RUNS and THREADS in the environment change how many. See README.md.
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { machine } from '../machine.ts';
import type { Bench } from '../run.ts';
import { missed } from './asked.ts';
import { withPart } from './page.ts';
import { PLOTS } from './pictures.ts';
import { SCENARIOS } from './scenarios/list.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { type PlayedCase, sectionOf } from './tables.ts';
import { type Crew, createCrew } from './workers.ts';

const DOCS = new URL('../../docs/reference/', import.meta.url);

interface Options {
  readonly isFast: boolean;
  readonly scenarios: readonly Scenario[];
  readonly runs: number | undefined;
  readonly threads: number;
}

export const bench: Bench = {
  title: 'decisions: release rules on the same simulated streams, ours and the rivals’',
  words: ['fast', ...SCENARIOS.map(({ id }) => id)],
  async run(words) {
    const options = optionsOf(words);
    console.error(`${machine()}; ${options.threads} threads`);
    await using crew = createCrew(options.threads);
    const misses: string[] = [];
    for (const scenario of options.scenarios) {
      const played = await playAll(crew, scenario, options);
      const section = sectionOf(scenario, played);
      console.log(`${section}\n`);
      misses.push(...missed(scenario, played));
      if (!options.isFast) await keep(scenario, section, played);
    }
    if (misses.length > 0) throw new Error(`missed:\n${misses.join('\n')}`);
    console.log('Nothing that is asked was missed.');
  },
};

function optionsOf(words: readonly string[]): Options {
  const isFast = words.includes('fast');
  const ids = words.filter((word) => word !== 'fast');
  const chosen = SCENARIOS.filter(({ id }) => ids.length === 0 || ids.includes(id));
  return {
    isFast,
    scenarios: chosen.filter(({ fastRuns }) => !isFast || fastRuns !== undefined),
    runs: numberOf('RUNS'),
    // A fast run is for a pipeline with a core of its own.
    threads: numberOf('THREADS') ?? (isFast ? 1 : availableParallelism()),
  };
}

function numberOf(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name}=${text} is not a whole number above zero`);
  return value;
}

async function playAll(crew: Crew, scenario: Scenario, { isFast, runs }: Options): Promise<readonly PlayedCase[]> {
  const cases = scenario.cases.filter(({ isLong }) => !isFast || isLong !== true);
  const times = runs ?? (isFast ? scenario.fastRuns : undefined) ?? scenario.runs;
  const played: PlayedCase[] = [];
  for (const of of cases) {
    const began = performance.now();
    played.push({ of, outcomes: await crew.play(scenario.id, of.name, times) });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.error(`${scenario.id}  ${of.name}: ${times} runs, ${seconds} s`);
  }
  return played;
}

async function keep(scenario: Scenario, section: string, played: readonly PlayedCase[]): Promise<void> {
  const page = new URL('decisions.md', DOCS);
  await writeFile(page, withPart(await readFile(page, 'utf8'), scenario.id, section));
  for (const { of, file, draw } of PLOTS)
    if (of === scenario.id) await writeFile(new URL(file, DOCS), draw(scenario, played));
}
