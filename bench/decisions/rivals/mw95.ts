// A home-made Mann–Whitney judge: z > 1.96 each minute on the growing window, as scripts around a metrics store often have it.
// Never any product's code: the plain form of rule B4 in the facts. Called by the list of rules.
import type { Rule } from '../rule.ts';
import { insert, mannWhitneyZ } from './mann-whitney.ts';
import { readingOf, type Signal } from './values.ts';

interface State {
  /** Sorted. */
  readonly canary: number[];
  readonly stable: number[];
}

export function mw95({ name, signal }: { readonly name: string; readonly signal: Signal }): Rule<State> {
  return {
    name,
    everySeconds: 60,
    start: () => ({ canary: [], stable: [] }),
    fold(state, block, setting) {
      const [c, s] = [readingOf(signal, 'canary', block, setting), readingOf(signal, 'stable', block, setting)];
      if (!Number.isNaN(c)) insert(state.canary, c);
      if (!Number.isNaN(s)) insert(state.stable, s);
      if (Math.min(state.canary.length, state.stable.length) < 3) return undefined;
      return mannWhitneyZ(state.canary, state.stable) > 1.96 ? 'rollBack' : undefined;
    },
    atDeadline: () => 'promote',
  };
}
