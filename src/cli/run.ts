// The command line as one function: arguments in, exit code out. Which commands there are, and how mistakes end.
// Never touches the real process (main.ts does). Called by main.ts.
import {
  type ApplicationText,
  buildApplication,
  buildRouteMap,
  type Command,
  ExitCode,
  type RouteMap,
  run,
} from '@stricli/core';
import { closest } from '../api/suggest.ts';
import { SerinError } from '../lib/problem.ts';
import { type CliContext, EXIT } from './context.ts';
import { LATER_COMMANDS } from './later.ts';
import { notYet, text, unknownCommand } from './text.ts';

export type Commands = Readonly<Record<string, Command<CliContext> | RouteMap<CliContext>>>;

export async function runCli(commands: Commands, args: readonly string[], context: CliContext): Promise<number> {
  const [first] = args;
  const refused = first === undefined ? undefined : refusal(first, Object.keys(commands));
  if (refused !== undefined) {
    context.process.stderr.write(`${refused}\n`);
    return EXIT.invalid;
  }
  await run(build(commands, context), args.length === 0 ? ['--help'] : args, context);
  return exitCodeOf(context.process.exitCode);
}

/** What stricli cannot know: commands that will come. */
function refusal(first: string, known: readonly string[]): string | undefined {
  if (LATER_COMMANDS.includes(first)) return notYet(`command \`${first}\``);
  if (!first.startsWith('-') && !known.includes(first)) {
    const near = closest(first, known) ?? closest(first, LATER_COMMANDS);
    return unknownCommand(first, near === undefined ? [] : [near], known);
  }
  return undefined;
}

function build(commands: Commands, context: CliContext) {
  const documentation = { useAliasInUsageLine: true, disableAnsiColor: !context.colour.stdout };
  return buildApplication(
    buildRouteMap({
      routes: commands,
      docs: {
        brief: 'Releases a new version of a service without betting users on it',
        fullDescription:
          'Serin mirrors production traffic onto a new version, judges it by what was measured, shifts traffic in small confirmed steps, and promotes or rolls back by itself.\n\nExit codes: 0 promoted or fine; 1 rolled back, a test failed, or a metric is missing; 2 inconclusive or held; 3 invalid input; 4 could not reach or use something; 130 interrupted.',
      },
    }),
    {
      name: 'serin',
      scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
      documentation: { ...documentation, caseStyle: 'convert-camel-to-kebab' },
      localization: { loadText: (): ApplicationText => text },
      versionInfo: { currentVersion: context.version },
      determineExitCode: (error) => (error instanceof SerinError ? error.exitCode : EXIT.unreachable),
    },
  );
}

/** Stricli's own codes are negative. */
function exitCodeOf(code: number | string | null | undefined): number {
  switch (code) {
    case undefined:
    case null:
    case ExitCode.Success:
      return EXIT.fine;
    case ExitCode.UnknownCommand:
    case ExitCode.InvalidArgument:
      return EXIT.invalid;
    default:
      return typeof code === 'number' && code > 0 ? code : EXIT.unreachable;
  }
}
