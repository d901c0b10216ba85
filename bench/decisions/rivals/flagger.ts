// Flagger's rule: each interval one check of the canary alone against fixed limits; failed checks add up and never go down.
// Re-implements fluxcd/flagger 1.44 pkg/controller/scheduler_metrics.go and scheduler.go:429-462 (empty or NaN: a failed check).
// Kinder than the product, which rolls back only on the tick after the last failure. Called by the list of rules.
import type { Rule } from '../rule.ts';
import { readingOf, type Signal } from './values.ts';

export interface FlaggerOptions {
  readonly name: string;
  readonly signal: Signal;
  /** A value above it is a failed check: a share of errors, or milliseconds. */
  readonly most: number;
  readonly everySeconds?: number;
  /** `analysis.threshold`. */
  readonly threshold?: number;
}

interface State {
  failedChecks: number;
}

export function flaggerRule({ name, signal, most, everySeconds = 60, threshold = 5 }: FlaggerOptions): Rule<State> {
  return {
    name,
    everySeconds,
    start: () => ({ failedChecks: 0 }),
    fold(state, block, setting) {
      const value = readingOf(signal, 'canary', block, setting);
      if (Number.isNaN(value) || value > most) state.failedChecks += 1;
      return state.failedChecks >= threshold ? 'rollBack' : undefined;
    },
    // What was not rolled back when the last step has passed is promoted.
    atDeadline: () => 'promote',
  };
}
