// serin-bare with evidence for promotion beside it (family A of A1): for scenarios P1, P2 and the whole decision of B2.
// Never weighs other gates. src/stats takes its place. Called by the list of rules.
import type { Rule } from '../rule.ts';
import { memoised, type SerinBareOptions, serinBare } from './serin-bare.ts';

const V = [0.01, 0.02, 0.04, 0.08, 0.15, 0.25, 0.4, 0.55, 0.7, 0.82, 0.9, 0.96, 0.99];
const CAP = 1e290;

export interface SerinBothOptions extends SerinBareOptions {
  readonly delta: number;
  readonly alphaPromote: number;
}

interface State {
  readonly rollBack: unknown;
  readonly promote: number[];
}

export function serinBareBoth(options: SerinBothOptions): Rule<State> {
  const worse: Rule = serinBare(options);
  const { delta, alphaPromote } = options;
  // A(v) = (1 − v)^eC (1 + v·nC/nS)^eS exp(vδ·nC): expectation at most one while pC ≥ pS + δ.
  const betsOf = memoised((kappa) => V.map((v) => ({ v, down: Math.log1p(-v), up: Math.log1p(v / kappa) })));
  return {
    name: options.name,
    start: (setting) => ({ rollBack: worse.start(setting), promote: V.map(() => 1 / V.length) }),
    fold(state, block, setting) {
      const isWorse = worse.fold(state.rollBack, block, setting) === 'rollBack';
      const { nC, eC, nS, eS } = block;
      let evidence = 0;
      if (nC > 0 && nS > 0) {
        const bets = betsOf(nS / nC);
        for (let k = 0; k < V.length; k += 1) {
          const { v, down, up } = bets[k]!;
          const grown = Math.min(CAP, state.promote[k]! * Math.exp(eC * down + eS * up + v * delta * nC));
          state.promote[k] = grown;
          evidence += grown;
        }
      }
      if (isWorse) return 'rollBack';
      return evidence >= 1 / alphaPromote ? 'promote' : undefined;
    },
  };
}
