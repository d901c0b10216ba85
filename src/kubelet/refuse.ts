// How a check says no: one problem with its field path; and the refusals that follow from the support table alone.
// Never knows what a value should be. Called by check.ts, check-env.ts and check-probe.ts.
import type { Code } from '../lib/catalogue.ts';
import type { Support } from './support.ts';

export type Refuse = (path: string, message: string, more?: { code?: Code; found?: string; accepted?: string }) => void;

/** Refuses what the table refuses, unless it says nothing: `false`, an empty list, an empty map. */
export function checkFields(
  at: string,
  value: object,
  fields: Readonly<Record<string, Support>>,
  refuse: Refuse,
): void {
  for (const [name, given] of Object.entries(value)) {
    const support = fields[name];
    if (support?.kind !== 'refused' || saysNothing(given)) continue;
    refuse(at === '' ? name : `${at}.${name}`, `${name} is not supported on one machine: ${support.why}`);
  }
}

const saysNothing = (value: unknown): boolean =>
  value === false ||
  value === undefined ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
