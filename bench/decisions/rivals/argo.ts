// Argo Rollouts' rule: one measurement each interval against a condition; more failures than failureLimit, in total, end the run.
// Re-implements argoproj/argo-rollouts 1.10 analysis/analysis.go:579-690 with a successCondition (NaN: Failed, prometheus_test.go).
// Never sees an empty vector here, whose five errors in a row would abort too. Called by the list of rules.
import type { Rule } from '../rule.ts';
import { readingOf, type Signal } from './values.ts';

export interface ArgoOptions {
  readonly name: string;
  readonly signal: Signal;
  /** `successCondition: result[0] <= most`. */
  readonly most: number;
  readonly everySeconds?: number;
  /** Its default is 0: the first failure aborts. */
  readonly failureLimit?: number;
}

interface State {
  failed: number;
}

export function argoRule({ name, signal, most, everySeconds = 60, failureLimit = 0 }: ArgoOptions): Rule<State> {
  return {
    name,
    everySeconds,
    start: () => ({ failed: 0 }),
    fold(state, block, setting) {
      // NaN is not ≤ anything: the condition is false.
      if (!(readingOf(signal, 'canary', block, setting) <= most)) state.failed += 1;
      return state.failed > failureLimit ? 'rollBack' : undefined;
    },
    // A background analysis ends with the last step, and the rollout is promoted.
    atDeadline: () => 'promote',
  };
}
