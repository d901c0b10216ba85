// The flags that say how patient whoever drives releases on a cluster is, alike for `serin operator` and `serin run`.
// Never another default for one of the two: they may take turns with the same release. Called by operator.ts and run-release.ts.
import type { TypedFlagParameter } from '@stricli/core';
import type { ControllerSettings } from '../controller/deps.ts';
import { lasting, span } from './flag-values.ts';

export interface PatienceFlags {
  readonly tick?: number;
  readonly propagation: number;
  readonly grace: number;
  readonly drain: number;
}

export const patienceFlags: { readonly [Name in keyof PatienceFlags]-?: TypedFlagParameter<PatienceFlags[Name]> } = {
  tick: {
    kind: 'parsed',
    parse: span,
    optional: true,
    brief: 'Between two looks at a release under way, beside changes (a quarter of the scrape interval when left out)',
    placeholder: 'DURATION',
  },
  propagation: lasting('10s', 'How long a routing change takes to reach every proxy, at least'),
  grace: lasting('2m', 'How long pods may take to become ready, and a ready canary to be seen in the metrics'),
  drain: lasting('5m', 'How long a drain may stay unproven before the old version is left running'),
};

/** Nothing is confirmed by scrapes that have not been taken. */
export const patienceOf = (flags: PatienceFlags, scrapeIntervalMs: number): ControllerSettings => ({
  scrapeIntervalMs,
  tickMs: flags.tick ?? tickFor(scrapeIntervalMs),
  propagationMs: Math.max(flags.propagation, 2 * scrapeIntervalMs),
  graceMs: flags.grace,
  drainLimitMs: flags.drain,
});

const SHORTEST_TICK_MS = 250;
const LONGEST_TICK_MS = 15_000;

/** Each sample is looked at soon after it has come, and nothing is asked for that cannot be there yet. */
export const tickFor = (scrapeIntervalMs: number): number =>
  Math.min(Math.max(scrapeIntervalMs / 4, SHORTEST_TICK_MS), LONGEST_TICK_MS);
