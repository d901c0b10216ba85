// What nobody can have: Wald's sequential test that knows both failure rates beforehand, against their closest common rate.
// Never stops for the canary: like every test here it only rolls back. The floor that others are measured by.
// A. Wald, "Sequential tests of statistical hypotheses", Ann. Math. Stat. 16 (1945). Called by the list of rules.
import type { Rule } from '../rule.ts';

interface State {
  /** ln of the likelihood ratio of one request: failed and good, canary and stable. */
  readonly steps: { readonly eC: number; readonly gC: number; readonly eS: number; readonly gS: number };
  logRatio: number;
}

export function oracleSprt({ name, alpha }: { readonly name: string; readonly alpha: number }): Rule<State> {
  const threshold = Math.log(1 / alpha);
  return {
    name,
    start({ share, truth = { canary: 0, stable: 0 } }) {
      const common = share * truth.canary + (1 - share) * truth.stable;
      const failed = (p: number): number => (p > 0 ? Math.log(p / common) : 0);
      const good = (p: number): number => Math.log1p(-p) - Math.log1p(-common);
      const { canary, stable } = truth;
      return { steps: { eC: failed(canary), gC: good(canary), eS: failed(stable), gS: good(stable) }, logRatio: 0 };
    },
    fold(state, { nC, eC, nS, eS }) {
      const { steps } = state;
      state.logRatio += eC * steps.eC + (nC - eC) * steps.gC + eS * steps.eS + (nS - eS) * steps.gS;
      return state.logRatio >= threshold ? 'rollBack' : undefined;
    },
  };
}
