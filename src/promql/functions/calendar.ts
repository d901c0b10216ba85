// Parts of a date, in UTC: of each sample's value, seconds since the Unix epoch, or of now.
// Semantics: Prometheus 3, dateWrapper; but NaN for what is no date (reference/promql.md). Called through functions/table.ts.
import { renamed } from '../labels.ts';
import type { PromqlFunction } from './function.ts';
import { argument, vector } from './shapes.ts';

/** Dates of JavaScript reach this far, in milliseconds either way: about 273,000 years. */
const FARTHEST_MS = 8.64e15;
const DAY_MS = 86_400_000;

const calendar = (part: (date: Date) => number): PromqlFunction => ({
  args: ['vector'],
  optional: 1,
  returns: 'vector',
  readsClock: true,
  compute(args, evaluation) {
    const of = (seconds: number): number => {
      const ms = Math.trunc(seconds) * 1000;
      return Math.abs(ms) <= FARTHEST_MS ? part(new Date(ms)) : Number.NaN;
    };
    if (args.length === 0) return vector([{ labels: {}, value: of(evaluation.at / 1000) }]);
    return vector(renamed(evaluation.vector(argument(args, 0)), ({ value }) => of(value), evaluation));
  },
});

export const minute = calendar((date) => date.getUTCMinutes());
export const hour = calendar((date) => date.getUTCHours());
/** Sunday is 0. */
export const dayOfWeek = calendar((date) => date.getUTCDay());
export const dayOfMonth = calendar((date) => date.getUTCDate());
export const dayOfYear = calendar((date) => {
  const newYear = new Date(date);
  newYear.setUTCMonth(0, 1);
  return Math.round((date.getTime() - newYear.getTime()) / DAY_MS) + 1;
});
export const daysInMonth = calendar((date) => {
  const last = new Date(date);
  last.setUTCMonth(date.getUTCMonth() + 1, 0);
  return last.getUTCDate();
});
/** January is 1. */
export const month = calendar((date) => date.getUTCMonth() + 1);
export const year = calendar((date) => date.getUTCFullYear());
