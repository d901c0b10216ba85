// A home-made Mann–Whitney judge: z > 1.96 each minute on the growing window, as scripts around a metrics store often have it.
// Never any product's code: the plain form of rule B4 in the facts. Called by the list of rules.
import type { Rule } from '../rule.ts';
import { mannWhitneyZ, sorted } from './mann-whitney.ts';
import { readingOf, type Signal } from './values.ts';

interface State {
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
      if (!Number.isNaN(c)) state.canary.push(c);
      if (!Number.isNaN(s)) state.stable.push(s);
      if (Math.min(state.canary.length, state.stable.length) < 3) return undefined;
      return mannWhitneyZ(sorted(state.canary), sorted(state.stable)) > 1.96 ? 'rollBack' : undefined;
    },
    atDeadline: () => 'promote',
  };
}
