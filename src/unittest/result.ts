// What a run of tests comes to: per file, per test, per check, with expected and got side by side.
// Plain data; never formats (cli/test-*.ts do). Made by run.ts.
import type { Problem } from '../lib/problem.ts';

/** `error`: it could not be asked, since something in the file is wrong. */
export type Outcome = 'passed' | 'failed' | 'error';

/** One line of expected against got. */
export interface DiffLine {
  readonly side: 'both' | 'expected' | 'got';
  readonly text: string;
}

export interface CheckResult {
  readonly kind: 'expression' | 'gate';
  /** The query, or the gate's name. */
  readonly subject: string;
  /** As a duration from the test's beginning. */
  readonly evalTime: string;
  readonly outcome: Outcome;
  /** Empty where it passed. */
  readonly diff: readonly DiffLine[];
  /** Why there is nothing to compare, or what else helps. */
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}

export interface TestResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly checks: readonly CheckResult[];
  /** Of the test as a whole: rules that failed. */
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}

export interface FileResult {
  readonly file: string;
  readonly outcome: Outcome;
  readonly tests: readonly TestResult[];
  /** Of the file as a whole: then none of its tests was run. */
  readonly problems: readonly Problem[];
}

/** The worst of them: an error before a failure. */
export const worst = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.includes('error') ? 'error' : outcomes.includes('failed') ? 'failed' : 'passed';

export const fileFailed = (file: string, problems: readonly Problem[]): FileResult => ({
  file,
  outcome: 'error',
  tests: [],
  problems,
});
