// What `serin test` prints for people: each file, each test with ✓ or ✗, and of a failure what was expected and what came.
// Never runs a test. Called by test.ts.
import { formatProblem } from '../lib/problem.ts';
import type { CheckResult, DiffLine, FileResult, Outcome, TestResult } from '../unittest/result.ts';
import { type Colour, paint } from './context.ts';

type Paint = (colour: Colour, text: string) => string;

export function fileText(result: FileResult, colour: boolean): string {
  const painted: Paint = (name, text) => paint(colour, name, text);
  const lines = [
    painted('bold', result.file),
    ...result.problems.map((problem) => `  ${painted('red', '✗')} ${formatProblem(problem)}`),
    ...result.tests.flatMap((test) => testLines(test, painted)),
  ];
  return `${lines.join('\n')}\n`;
}

function testLines(test: TestResult, painted: Paint): readonly string[] {
  const { checks, outcome, notes, problems } = test;
  const mark = outcome === 'passed' ? painted('green', '✓') : painted('red', '✗');
  const count = painted('dim', checks.length === 1 ? '1 check' : `${checks.length} checks`);
  return [
    `  ${mark} ${test.name}  ${count}`,
    ...notes.map((note) => `      ${painted('yellow', note)}`),
    ...problems.map((problem) => `      ${painted('red', formatProblem(problem))}`),
    ...checks.filter((check) => check.outcome !== 'passed').flatMap((check) => checkLines(check, painted)),
  ];
}

function checkLines(check: CheckResult, painted: Paint): readonly string[] {
  return [
    `      ${titleOf(check)}`,
    ...check.diff.map((line) => `        ${painted(COLOURS[line.side], diffText(line))}`),
    ...check.notes.map((note) => `        ${painted('yellow', note)}`),
    ...check.problems.map((problem) => `        ${painted('red', formatProblem(problem))}`),
  ];
}

/** A query over several lines reads as one here. */
export const titleOf = ({ kind, subject, evalTime }: CheckResult): string =>
  `${kind === 'gate' ? 'gate' : 'expr'} ${subject.trim().replace(/\s+/g, ' ')} at ${evalTime}`;

const COLOURS: Readonly<Record<DiffLine['side'], Colour>> = { both: 'dim', expected: 'green', got: 'red' };
const SIDES: Readonly<Record<DiffLine['side'], string>> = {
  both: '           ',
  expected: '- expected ',
  got: '+ got      ',
};

export const diffText = ({ side, text }: DiffLine): string => `${SIDES[side]}${text}`;

export interface Counts {
  readonly tests: Readonly<Record<Outcome, number>>;
  readonly checks: number;
  /** Files of which no test was run. */
  readonly broken: number;
}

export function countsOf(results: readonly FileResult[]): Counts {
  const tests = results.flatMap((result) => result.tests);
  const count = (outcome: Outcome) => tests.filter((test) => test.outcome === outcome).length;
  return {
    tests: { passed: count('passed'), failed: count('failed'), error: count('error') },
    checks: tests.reduce((sum, test) => sum + test.checks.length, 0),
    broken: results.filter(({ problems }) => problems.length > 0).length,
  };
}

export function summaryText(results: readonly FileResult[], colour: boolean): string {
  const { tests, checks, broken } = countsOf(results);
  const parts = [
    ...(tests.error > 0 ? [paint(colour, 'red', `${tests.error} with errors`)] : []),
    ...(tests.failed > 0 ? [paint(colour, 'red', `${tests.failed} failed`)] : []),
    paint(colour, 'green', `${tests.passed} passed`),
  ];
  const files = results.length === 1 ? '1 file' : `${results.length} files`;
  const unread = broken === 0 ? '' : paint(colour, 'red', `, ${broken} not run`);
  return `\nTests: ${parts.join(', ')} (${checks === 1 ? '1 check' : `${checks} checks`} in ${files}${unread})\n`;
}
