// What is wrong with a user's input: a code of the catalogue, the place, what was found, what is accepted.
// Never thrown bare: SerinError carries problems across async edges. Called by every room that reads input.
import { type Code, catalogue } from './catalogue.ts';

export interface Place {
  /** File name as the user gave it. */
  readonly file?: string;
  /** 1-based position in the file, when known. */
  readonly line?: number;
  readonly column?: number;
  /** For example `Release/prod/checkout-v2`. */
  readonly object?: string;
  /** Field path, for example `spec.plan[2].mirror.traffic`. */
  readonly path?: string;
}

export interface Problem {
  readonly code: Code;
  readonly place: Place;
  /** One sentence; starts lower-case, no full stop. */
  readonly message: string;
  /** What stood there, as text. */
  readonly found?: string;
  /** What would be accepted, and so what to do. */
  readonly accepted?: string;
}

/** One line for people: `checkout.yaml:12 Release/prod/checkout spec.plan[2].mirror.traffic: … (found …; accepted …) [SRN1004]`. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, object, path } = problem.place;
  const position = line === undefined ? '' : column === undefined ? `:${line}` : `:${line}:${column}`;
  const where = [file === undefined ? undefined : `${file}${position}`, object, path].filter(
    (part) => part !== undefined,
  );
  const details = [
    problem.found === undefined ? undefined : `found ${problem.found}`,
    problem.accepted === undefined ? undefined : `accepted: ${problem.accepted}`,
  ].filter((part) => part !== undefined);
  const prefix = where.length > 0 ? `${where.join(' ')}: ` : '';
  const suffix = details.length > 0 ? ` (${details.join('; ')})` : '';
  return `${prefix}${problem.message}${suffix} [${problem.code}]`.replaceAll(CONTROL, escaped);
}

/** What is told of a user's files and of servers' answers may hold what a terminal would obey. */
const CONTROL = /(?![\n\t])\p{Cc}/gu;

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The same problem with more known about its place; what the inner place knows wins. */
export const at = (problem: Problem, place: Place): Problem => ({ ...problem, place: { ...place, ...problem.place } });

/** What an error says, in one line: for messages that hold another's reason. */
export function reasonOf(error: unknown): string {
  if (error instanceof SerinError) return error.problems.map(formatProblem).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** Carries problems through code that can only throw. `exitCode` is the process's, by design.md §10. */
export class SerinError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[], options?: { cause?: unknown }) {
    super(problems.map(formatProblem).join('\n'), options);
    this.name = 'SerinError';
    this.problems = problems;
  }
  get exitCode(): number {
    return Math.max(...this.problems.map((problem) => catalogue[problem.code].exitCode));
  }
}
