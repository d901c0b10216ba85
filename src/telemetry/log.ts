// Serin's own log: one JSON line for each event, with what it is about as fields and not in the sentence.
// Never holds a secret: errors are told by what they say. Built by the operator; called by whoever it composes.
import { pino } from 'pino';
import type { Clock } from '../lib/clock.ts';
import { reasonOf } from '../lib/problem.ts';
import type { LogLevel } from './log-level.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(text: string, fields?: Fields): void;
  info(text: string, fields?: Fields): void;
  warn(text: string, fields?: Fields): void;
  error(text: string, fields?: Fields): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Gets whole lines. */
  readonly write: (line: string) => void;
  /** In every line, such as which replica this is. */
  readonly fields?: Fields;
}

export function createLog({ level, clock, write, fields = {} }: LogOptions): Log {
  const lines = pino(
    {
      level,
      base: fields,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  const at =
    (name: LogLevel): Log['info'] =>
    (text, more = {}) =>
      lines[name](more, text);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** An error as fields: what it says, and its kind where that tells more. */
export const errorFields = (error: unknown): Fields => ({
  error: reasonOf(error),
  ...(error instanceof Error && error.name !== 'Error' ? { kind: error.name } : {}),
  ...(error instanceof TypeError || error instanceof RangeError ? { stack: error.stack } : {}),
});
