import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/lib/random.ts';
import { functions } from '../../src/promql/functions/table.ts';
import { parse } from '../../src/promql/parse.ts';
import { findPrometheus, type RunningPrometheus, startPrometheus, toolsOrSkip } from '../support/prometheus.ts';
import type { Question } from './answer.ts';
import { LANGUAGE, uses } from './coverage.ts';
import { differ, type Outcome } from './differ.ts';
import { AGGREGATIONS, BINARY_OPERATORS, createGrammar, type Grammar } from './grammar.ts';
import { HAND_WRITTEN, MOMENTS } from './hand-written.ts';
import { BEGIN, createWorld, LENGTH_MS } from './world.ts';

// The same samples and queries every time, so that a failure is a change of the code; others by SERIN_SEED, more by SERIN_TIMES.
const SEED = Number(process.env['SERIN_SEED'] ?? 1);
const TIMES = Number(process.env['SERIN_TIMES'] ?? 1);

/** Of all questions, so many may differ for a reason of deviations.ts: most of them ask for the year of no time, or misspell a number. */
const MOST_EXCUSED = 0.03;

type Make = (grammar: Grammar) => string;

/** Grammars of their own for each subject: a new function changes nobody else's queries. */
function grammarFor(subject: string): Grammar {
  const hash = [...subject].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, SEED);
  return createGrammar(seededRandom(hash));
}

/** So many instant queries, and a third as many over ranges. */
function generated(subject: string, count: number, make: Make): readonly Question[] {
  const instants = grammarFor(`instant ${subject}`);
  const ranges = grammarFor(`range ${subject}`);
  return [
    ...Array.from({ length: count * TIMES }, () => ({ query: make(instants), when: { at: instants.instant() } })),
    ...Array.from({ length: Math.ceil((count * TIMES) / 3) }, () => ({ query: make(ranges), when: ranges.range() })),
  ];
}

const RANGES = [
  { startMs: BEGIN - 60_000, endMs: BEGIN + LENGTH_MS + 600_000, stepMs: 47_000 },
  { startMs: BEGIN + 600_000, endMs: BEGIN + 720_000, stepMs: 15_000 },
];
const INSTANTS = MOMENTS.map((at) => ({ at }));

const SUBJECTS: Readonly<Record<string, readonly Question[]>> = {
  ...Object.fromEntries(
    [...functions.keys()].map((name) => [`${name}()`, generated(name, 40, (grammar) => grammar.call(name, 3))]),
  ),
  ...Object.fromEntries(AGGREGATIONS.map((op) => [op, generated(op, 60, (grammar) => grammar.aggregation(op, 2))])),
  ...Object.fromEntries(BINARY_OPERATORS.map((op) => [op, generated(op, 60, (grammar) => grammar.operation(op, 2))])),
  subqueries: generated('subqueries', 150, (grammar) => grammar.subquery(2)),
  'everything nested': generated('nested', 500, (grammar) => grammar.of('vector', 4)),
  'wrong types': generated('wrong', 400, (grammar) => grammar.wrong()),
  'misspelt queries': generated('misspelt', 300, (grammar) => grammar.misspelt()),
  'hand-written queries': [...INSTANTS, ...RANGES].flatMap((when) => HAND_WRITTEN.map((query) => ({ query, when }))),
};

const FOUND = findPrometheus();

describe('PromQL answers as the real Prometheus does', { timeout: 5 * 60_000 }, () => {
  const world = createWorld(seededRandom(SEED));
  const outcomes: Outcome[] = [];
  let prometheus: RunningPrometheus | undefined;

  beforeAll(async () => {
    if ('reason' in FOUND) return;
    const flags = ['--enable-feature=promql-experimental-functions'];
    prometheus = await startPrometheus({ series: world.series, flags });
  }, 120_000);
  afterAll(() => prometheus?.stop());

  it.for(Object.keys(SUBJECTS))('%s', async (subject, context) => {
    toolsOrSkip(context, FOUND);
    if (prometheus === undefined) throw new Error('no Prometheus');
    const outcome = await differ({ reader: world.reader, url: prometheus.url }, SUBJECTS[subject] ?? []);
    outcomes.push(outcome);
    expect(outcome.differences, `SERIN_SEED=${SEED}`).toEqual([]);
    // Empty answers and refusals on both sides are alike too, and say little.
    if (subject !== 'wrong types') expect(outcome.telling).toBeGreaterThan(outcome.asked * 0.1);
  });

  it('and hardly ever needs an excuse', (context) => {
    toolsOrSkip(context, FOUND);
    const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
    const [asked, telling, failed] = [sum((one) => one.asked), sum((one) => one.telling), sum((one) => one.failed)];
    const excused = outcomes.flatMap((outcome) => outcome.excused);
    const reasons = Map.groupBy(excused, (reason) => reason);
    console.info(
      [
        `SERIN_SEED=${SEED}: ${asked} queries, ${telling} with something in the answer, ${failed} refused by both`,
        ...Array.from(reasons, ([reason, { length }]) => `  ${length} differ: ${reason}`),
      ].join('\n'),
    );
    expect(excused.length).toBeLessThan(asked * MOST_EXCUSED);
  });
});

describe('the queries', () => {
  it('hold every function, aggregation, operator and modifier, often', () => {
    const counts = new Map<string, number>();
    for (const { query } of Object.values(SUBJECTS).flat()) {
      const parsed = parse(query);
      if (parsed.ok) for (const name of uses(parsed.value)) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect(LANGUAGE.filter((name) => (counts.get(name) ?? 0) < 40)).toEqual([]);
    expect([...counts.keys()].filter((name) => !LANGUAGE.includes(name))).toEqual([]);
  });
});
