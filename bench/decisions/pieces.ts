// Outcomes of runs as they are measured piece by piece, in `.cache`: what was played is not played again. Not in the repository.
// Never figures (stored.ts keeps these). Called by measuring.ts.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Outcome } from './figures.ts';

const CACHE = new URL('../../.cache/decisions/', import.meta.url);

/** By rule, in the order of the runs, from the first on. */
export type Played = Readonly<Record<string, readonly Outcome[]>>;

type Row = readonly [
  verdict: 0 | 1 | 2,
  seconds: number,
  requests: number,
  canary: number,
  bad: number,
  flags: number,
  said: string,
];

const VERDICTS = [undefined, 'rollBack', 'promote'] as const;

const fileOf = (scenario: string, name: string): URL =>
  new URL(`${scenario}/${name.replaceAll(/[^A-Za-z0-9.]+/g, '-')}.json`, CACHE);

export async function readPieces(scenario: string, name: string): Promise<Played> {
  const text = await readFile(fileOf(scenario, name), 'utf8').catch(() => '{}');
  const rows = JSON.parse(text) as Record<string, readonly Row[]>;
  return Object.fromEntries(Object.entries(rows).map(([rule, all]) => [rule, all.map(outcomeOf)]));
}

export async function writePieces(scenario: string, name: string, played: Played): Promise<void> {
  const file = fileOf(scenario, name);
  await mkdir(new URL('.', file), { recursive: true });
  const rows = Object.fromEntries(Object.entries(played).map(([rule, all]) => [rule, all.map(rowOf)]));
  await writeFile(file, JSON.stringify(rows));
}

export const forgetPieces = (scenario: string): Promise<void> =>
  rm(new URL(`${scenario}/`, CACHE), { recursive: true, force: true });

function rowOf({ verdict, seconds, requests, canary, bad, isEarly, isLast, said = '' }: Outcome): Row {
  const index = VERDICTS.indexOf(verdict) as 0 | 1 | 2;
  return [index, rounded(seconds), requests, canary, bad, (isEarly ? 1 : 0) + (isLast ? 2 : 0), said];
}

function outcomeOf([verdict, seconds, requests, canary, bad, flags, said]: Row): Outcome {
  const of = { verdict: VERDICTS[verdict], seconds, requests, canary, bad };
  return { ...of, isEarly: (flags & 1) !== 0, isLast: (flags & 2) !== 0, ...(said === '' ? {} : { said }) };
}

/** To the millisecond: sums of tenths are not exact. */
const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
