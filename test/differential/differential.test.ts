import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/lib/random.ts';
import { functions } from '../../src/promql/functions/table.ts';
import { findPrometheus, type RunningPrometheus, startPrometheus, toolsOrSkip } from '../support/prometheus.ts';
import type { Question } from './answer.ts';
import { differ, type Outcome } from './differ.ts';
import { AGGREGATIONS, BINARY_OPERATORS, createGrammar, type Grammar } from './grammar.ts';
import { createWorld } from './world.ts';

// The same samples and queries every time, so that a failure is a change of the code; others by SERIN_SEED.
const SEED = Number(process.env['SERIN_SEED'] ?? 1);
/** Multiplies the number of generated queries. */
const TIMES = Number(process.env['SERIN_TIMES'] ?? 1);

const world = createWorld(seededRandom(SEED));
let prometheus: RunningPrometheus | undefined;

beforeAll(async () => {
  if ('reason' in findPrometheus()) return;
  console.info(`differential test: SERIN_SEED=${SEED}`);
  const flags = ['--enable-feature=promql-experimental-functions'];
  prometheus = await startPrometheus({ series: world.series, flags });
}, 120_000);
afterAll(() => prometheus?.stop());

const ask = (questions: readonly Question[]): Promise<Outcome> => {
  if (prometheus === undefined) throw new Error('no Prometheus');
  return differ({ reader: world.reader, url: prometheus.url }, questions);
};

/** Grammars of their own for each subject: a new function changes nobody else's queries. */
function grammarFor(subject: string): Grammar {
  const hash = [...subject].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, SEED);
  return createGrammar(seededRandom(hash));
}

type Make = (grammar: Grammar) => string;

const instants = (subject: string, count: number, make: Make): Question[] => {
  const grammar = grammarFor(`instant ${subject}`);
  return Array.from({ length: count * TIMES }, () => ({ query: make(grammar), when: { at: grammar.instant() } }));
};

const ranges = (subject: string, count: number, make: Make): Question[] => {
  const grammar = grammarFor(`range ${subject}`);
  return Array.from({ length: count * TIMES }, () => ({ query: make(grammar), when: grammar.range() }));
};

const both = (subject: string, count: number, make: Make): Question[] => [
  ...instants(subject, count, make),
  ...ranges(subject, Math.ceil(count / 3), make),
];

const MINUTES = 5 * 60_000;

describe('generated queries answer as Prometheus does', { timeout: MINUTES }, () => {
  it.for([...functions.keys()])('%s', async (name, context) => {
    toolsOrSkip(context);
    const { differences } = await ask(both(name, 40, (grammar) => grammar.call(name, 2)));
    expect(differences).toEqual([]);
  });
  it.for(AGGREGATIONS)('%s', async (op, context) => {
    toolsOrSkip(context);
    const { differences } = await ask(both(op, 60, (grammar) => grammar.aggregation(op, 2)));
    expect(differences).toEqual([]);
  });
  it.for(BINARY_OPERATORS)('%s', async (op, context) => {
    toolsOrSkip(context);
    const { differences } = await ask(both(op, 60, (grammar) => grammar.operation(op, 2)));
    expect(differences).toEqual([]);
  });
  it('subqueries', async (context) => {
    toolsOrSkip(context);
    const { differences } = await ask(both('subquery', 150, (grammar) => grammar.subquery(2)));
    expect(differences).toEqual([]);
  });
  it('all of it nested', async (context) => {
    toolsOrSkip(context);
    const { differences } = await ask(both('any', 500, (grammar) => grammar.of('vector', 4)));
    expect(differences).toEqual([]);
  });
  it('wrong types', async (context) => {
    toolsOrSkip(context);
    const { differences } = await ask(both('wrong', 400, (grammar) => grammar.wrong()));
    expect(differences).toEqual([]);
  });
  it('misspelt', async (context) => {
    toolsOrSkip(context);
    const { differences } = await ask(both('misspelt', 300, (grammar) => grammar.misspelt()));
    expect(differences).toEqual([]);
  });
});
