// The levels of the log, least first. Apart from the log itself, so that a command can name them without loading it.
// Never anything else.

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];
