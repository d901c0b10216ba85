// All scenarios, in the order of the page.
// Never draws. Called by the benchmark, its workers and the tests.
import { EQUAL } from './equal.ts';
import { HOUR } from './hour.ts';
import { ODD } from './odd.ts';
import { PROMOTION } from './promote.ts';
import type { Case, Scenario } from './scenario.ts';
import { WORSE } from './worse.ts';

export const SCENARIOS: readonly Scenario[] = [...HOUR, ...EQUAL, ...WORSE, ...PROMOTION, ...ODD];

export function scenarioNamed(id: string): Scenario {
  const scenario = SCENARIOS.find((candidate) => candidate.id === id);
  if (scenario === undefined) throw new Error(`there is no scenario ${id}`);
  return scenario;
}

/** Names the streams: a case keeps its runs whatever else is measured. */
export const streamName = ({ id }: Scenario, { name, likeCase = name }: Case): string => `${id}: ${likeCase}`;
