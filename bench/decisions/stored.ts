// The figures of all scenarios as they were measured last, in `measured/`: the page is written from these alone.
// Never measures. Called by the benchmark.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Tally } from './figures.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { MeasuredCase } from './tables.ts';

type Stored = Readonly<Record<string, Readonly<Record<string, Tally>>>>;

const fileOf = ({ id }: Scenario): URL => new URL(`measured/${id}.json`, import.meta.url);

/** Cases that nobody has measured are not there, nor are rules; those that the scenario does not know any more neither. */
export async function readStored(scenario: Scenario): Promise<readonly MeasuredCase[]> {
  const text = await readFile(fileOf(scenario), 'utf8').catch(() => '{}');
  const stored = JSON.parse(text, numbers) as Stored;
  return scenario.cases.flatMap((of) => {
    const tallies = stored[of.name];
    return tallies === undefined ? [] : [{ of, tallies }];
  });
}

export async function writeStored(scenario: Scenario, measured: readonly MeasuredCase[]): Promise<void> {
  const stored = Object.fromEntries(measured.map(({ of, tallies }) => [of.name, tallies]));
  const lines = Object.entries(stored).map(([name, tallies]) => {
    const rules = Object.entries(tallies).map(
      ([rule, own]) => `    ${JSON.stringify(rule)}: ${JSON.stringify(own, texts)}`,
    );
    return `  ${JSON.stringify(name)}: {\n${rules.join(',\n')}\n  }`;
  });
  await mkdir(new URL('measured/', import.meta.url), { recursive: true });
  await writeFile(fileOf(scenario), `{\n${lines.join(',\n')}\n}\n`);
}

/** JSON has no infinities; and more than six digits say nothing. */
const texts = (_: string, value: unknown): unknown => {
  if (typeof value !== 'number') return value;
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : String(value);
};

const numbers = (_: string, value: unknown): unknown =>
  value === 'Infinity' || value === 'NaN' ? Number(value) : value;
