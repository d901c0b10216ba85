// A chunk of a case's runs, as it is handed to a worker and comes back.
// Never holds state between chunks. Called by the workers and by who hands out.
import type { Outcome } from './figures.ts';
import { ruleNamed } from './rules.ts';
import { playRun } from './run.ts';
import { scenarioNamed, streamName } from './scenarios/list.ts';

export interface Chunk {
  readonly scenario: string;
  readonly name: string;
  readonly rules: readonly string[];
  /** Numbers of runs, the last one left out. */
  readonly from: number;
  readonly to: number;
}

/** For each of the chunk's rules the outcome of each run. */
export type Played = readonly (readonly Outcome[])[];

export async function playChunk({ scenario: id, name, rules: names, from, to }: Chunk): Promise<Played> {
  const scenario = scenarioNamed(id);
  const found = scenario.cases.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no case ${name} in ${id}`);
  const rules = names.map(ruleNamed);
  const played: Outcome[][] = rules.map(() => []);
  for (let run = from; run < to; run += 1) {
    const outcomes = await playRun(found.truth, streamName(scenario, found), run, rules);
    for (const [index, outcome] of outcomes.entries()) played[index]!.push(outcome);
  }
  return played;
}
