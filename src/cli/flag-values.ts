// How values of flags are read, and the flags that several commands have, so that they mean and say the same everywhere.
// Never what a command does with them. Called by the files with the commands' flags.
import type { TypedFlagParameter } from '@stricli/core';
import { parseDuration } from '../lib/duration.ts';
import { FILES_BRIEF, fileName } from './input.ts';

export const text = (value: string): string => value;

/** Milliseconds; 0 too. */
export function duration(value: string): number {
  const ms = parseDuration(value);
  if (ms === undefined) throw new Error('a duration with its unit, for example 90s or 5m');
  return ms;
}

/** Milliseconds, at least one. */
export function span(value: string): number {
  const ms = duration(value);
  if (ms < 1) throw new Error('a duration with its unit, for example 90s or 5m, and more than none');
  return ms;
}

export const whole = (least: number, most: number) => (value: string) => {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most)) throw new Error(`a whole number from ${least} to ${most}`);
  return number;
};

export function stepNumber(value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new Error('a whole number from 1, as `serin plan` counts the steps');
  return Number(value);
}

export const lasting = (whenLeftOut: string, brief: string): TypedFlagParameter<number> => ({
  kind: 'parsed',
  parse: span,
  default: whenLeftOut,
  brief,
  placeholder: 'DURATION',
});

export const filesFlag: TypedFlagParameter<string[] | undefined> = {
  kind: 'parsed',
  parse: fileName,
  variadic: true,
  optional: true,
  brief: FILES_BRIEF,
  placeholder: 'FILES',
};

/** Of commands that drive a release to its end. */
export const driveFlags = {
  approve: {
    kind: 'parsed',
    parse: stepNumber,
    variadic: true,
    optional: true,
    brief: 'A step, counted from 1, that is approved in advance',
    placeholder: 'STEP',
  },
  wait: {
    kind: 'parsed',
    parse: duration,
    optional: true,
    brief: "How long a release may be held before traffic is put back (the policy's deadline when left out)",
    placeholder: 'DURATION',
  },
  report: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'Also write the report to a file: Markdown when it ends in .md, otherwise JSON',
    placeholder: 'FILE',
  },
  output: {
    kind: 'enum',
    values: ['text', 'json'],
    default: 'text',
    brief: 'json prints the report and nothing else on stdout',
  },
} as const;
