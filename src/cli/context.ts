// What a command may touch of the process that runs it: its streams, its end, the terminal, the user's Ctrl-C.
// Never reads the environment itself (main.ts does, once). Passed to every command as `this`.
import { styleText } from 'node:util';
import type { CommandContext } from '@stricli/core';
import type { Clock } from '../lib/clock.ts';
import { formatProblem, type Problem, SerinError } from '../lib/problem.ts';
import type { Connect } from './connection.ts';

/** Exit codes of design.md §10. */
export const EXIT = { fine: 0, rolledBack: 1, inconclusive: 2, invalid: 3, unreachable: 4, interrupted: 130 } as const;

export interface Output {
  write(text: string): void;
}

export interface Terminal {
  /** Draws over what it drew before; `undefined` takes it away. */
  redraw(line: string | undefined): void;
  columns(): number;
}

export interface CliContext extends CommandContext {
  readonly process: { readonly stdout: Output; readonly stderr: Output; exitCode?: number | string | null };
  /** Of the package, for `--version`. */
  readonly version: string;
  /** Whole standard input as bytes, for a file named `-`. */
  readonly stdin: () => Promise<Uint8Array>;
  /** The terminal that stderr is, if it is one: progress lines make sense. */
  readonly terminal: Terminal | undefined;
  /** Columns of the terminal that stdout or stderr is now; undefined of a pipe or a file, whose lines are as long as they are. */
  readonly width: { readonly stdout: () => number | undefined; readonly stderr: () => number | undefined };
  /** Whether colour is wanted: a terminal, and no NO_COLOR. */
  readonly colour: { readonly stdout: boolean; readonly stderr: boolean };
  /** The directory the user stands in, and what every process that is started for him needs, such as PATH. */
  readonly cwd: string;
  readonly baseEnv: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** To the cluster of a kubeconfig. */
  readonly connect: Connect;
  /** From this call on the first Ctrl-C or SIGTERM aborts the signal instead of the process: the caller puts traffic back. */
  readonly onInterrupt: () => AbortSignal;
  /** Aborted once nobody reads stdout any more (`| head`): reason enough to end for whoever only tells something. */
  readonly unread: AbortSignal;
}

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';

/** The text in colour where colour is wanted. */
export const paint = (wanted: boolean, colour: Colour, text: string): string =>
  wanted ? styleText(colour, text, { validateStream: false }) : text;

/** One line per problem on stderr; answers the exit code they lead to. */
export function printProblems(context: CliContext, problems: readonly Problem[]): number {
  for (const problem of problems) context.process.stderr.write(`${formatProblem(problem)}\n`);
  return new SerinError(problems).exitCode;
}

/** What is worth knowing and forbids nothing. */
export function printWarnings(context: CliContext, problems: readonly Problem[]): void {
  const word = paint(context.colour.stderr, 'yellow', 'warning:');
  for (const problem of problems) context.process.stderr.write(`${word} ${formatProblem(problem)}\n`);
}

/** Ends the command with the problems' exit code. */
export function failWith(context: CliContext, problems: readonly Problem[]): void {
  context.process.exitCode = printProblems(context, problems);
}
