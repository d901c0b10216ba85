// A fixed-sample z-test of the errors so far, looked at again and again as if each look were the only one.
// Never any product's code: what a dashboard with a significance badge does. Called by the list of rules.
import type { Rule } from '../rule.ts';

export interface NaiveZOptions {
  readonly name: string;
  /** Requests of both versions together between two looks. */
  readonly peekEvery: number;
  /** One-sided 1 %. */
  readonly z?: number;
}

interface State {
  requests: number;
  nC: number;
  eC: number;
  eS: number;
  nextPeek: number;
}

export function naiveZ({ name, peekEvery, z = 2.326 }: NaiveZOptions): Rule<State> {
  return {
    name,
    start: () => ({ requests: 0, nC: 0, eC: 0, eS: 0, nextPeek: peekEvery }),
    fold(state, { nC, eC, nS, eS }) {
      state.requests += nC + nS;
      state.nC += nC;
      state.eC += eC;
      state.eS += eS;
      if (state.requests < state.nextPeek) return undefined;
      while (state.nextPeek <= state.requests) state.nextPeek += peekEvery;
      return zOf(state) > z ? 'rollBack' : undefined;
    },
    atDeadline: () => 'promote',
  };
}

/** Given all errors, the canary's are binomial with its share of requests: (eC − eS)/√(eC + eS) for a mirror. */
function zOf({ requests, nC, eC, eS }: State): number {
  const share = nC / requests;
  const errors = eC + eS;
  return (eC - share * errors) / Math.sqrt(errors * share * (1 - share));
}
