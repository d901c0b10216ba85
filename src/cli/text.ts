// How the command line's own mistakes are told: as problems, like everything else that a user gets wrong.
// Never parses. Called by run.ts, which gives these texts to stricli.
import {
  type ApplicationText,
  ArgumentScannerError,
  formatMessageForArgumentScannerError,
  text_en,
} from '@stricli/core';
import { formatProblem, SerinError } from '../lib/problem.ts';

const quoted = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');

const wrong = (message: string, accepted?: string): string =>
  formatProblem({ code: 'SRN2001', place: {}, message, ...(accepted === undefined ? {} : { accepted }) });

export function unknownCommand(input: string, corrections: readonly string[], known: readonly string[]): string {
  const hint = corrections.length > 0 ? `; did you mean ${quoted(corrections)}?` : '';
  return wrong(`no command \`${input}\`${hint}`, known.length > 0 ? known.join(', ') : '`--help` lists what is');
}

export const notYet = (what: string): string => wrong(`${what} is not supported yet`, '`serin --help` lists what is');

/** A flag's value that its parser refused: the parser's own words are enough. */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const text: ApplicationText = {
  ...text_en,
  exceptionWhileParsingArguments: (error) =>
    error instanceof ArgumentScannerError ? wrong(scannerMessage(error), '`--help` shows what is') : unexpected(error),
  // Below a command with commands of its own; stricli has put its corrections in quotes already.
  noCommandRegisteredForInput: ({ input, corrections }) =>
    unknownCommand(
      input,
      corrections.map((one) => one.replaceAll('`', '')),
      [],
    ),
  exceptionWhileLoadingCommandFunction: unexpected,
  exceptionWhileLoadingCommandContext: unexpected,
  exceptionWhileRunningCommand: unexpected,
  commandErrorResult: unexpected,
};

const scannerMessage = (error: ArgumentScannerError): string =>
  formatMessageForArgumentScannerError(error, {
    FlagNotFoundError: ({ input, corrections }) =>
      `no flag \`--${input}\`${corrections.length > 0 ? `; did you mean ${quoted(corrections.map((flag) => `--${flag}`))}?` : ''}`,
    AliasNotFoundError: ({ input }) => `no flag \`-${input}\``,
    ArgumentParseError: ({ externalFlagNameOrPlaceholder, input, exception }) =>
      `\`${input}\` is no value for ${nameOf(externalFlagNameOrPlaceholder)}: ${reasonOf(exception)}`,
    EnumValidationError: ({ externalFlagName, input, values }) =>
      `\`${input}\` is no value for --${externalFlagName}: one of ${quoted(values)}`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `--${externalFlagName} needs a value`,
    UnexpectedPositionalError: ({ input }) => `one argument too many: \`${input}\``,
    UnsatisfiedPositionalError: ({ placeholder }) => `argument ${placeholder} is missing`,
    UnexpectedFlagError: ({ externalFlagName }) => `--${externalFlagName} is given twice`,
  });

/** Placeholders of arguments are in capitals, flags are not. */
const nameOf = (name: string): string => (/^[A-Z]/.test(name) ? name : `--${name}`);

/** Problems are the user's to mend; anything else is a fault of Serin, and its stack is what helps. */
function unexpected(error: unknown): string {
  if (error instanceof SerinError) return error.message;
  return `internal error, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
