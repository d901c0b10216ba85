// The affine-margin mixture, bare: facts for the frame's own check until src/stats takes this place.
// S(u) = (1 + uκ)^eC (1 − u)^eS exp(−uδ·nS), κ = nS/nC, has expectation at most one while pC ≤ pS + δ in every block, since the mean
// of a^e is at most exp((a − 1)·n·p); so has any mixture, and Ville's inequality bounds it at all times. Called by the list of rules.
import type { Block, Rule } from '../rule.ts';

const G = [1.25, 1.5, 2, 3, 5, 8, 15, 30, 100, 1000];
const W = [0.06, 0.12, 0.17, 0.17, 0.15, 0.12, 0.09, 0.06, 0.04, 0.02];
const CAP = 1e290;

export interface SerinBareOptions {
  readonly name: string;
  readonly alpha: number;
  /** Tolerated difference of failure probabilities. */
  readonly delta?: number;
  /** This gate's part of alpha. */
  readonly weight?: number;
  /** Half of the prior is held back and spent evenly until the deadline: for regressions that set in late. */
  readonly lateOnset?: boolean;
}

interface State {
  readonly s: number[];
  spent: number;
  /** Spent before each block after the first. */
  readonly part: number;
  isFirst: boolean;
}

export function serinBare(options: SerinBareOptions): Rule<State> {
  const { name, alpha, delta = 0, weight = 1, lateOnset = false } = options;
  const threshold = 1 / (alpha * weight);
  const betsOf = memoised((kappa) => {
    const bets = G.map((g) => (g - 1) / (g + kappa));
    return bets.map((u) => {
      const [up, down] = [1 + u * kappa, 1 - u];
      return { u, up, down, logUp: Math.log(up), logDown: Math.log(down) };
    });
  });
  return {
    name,
    start: ({ deadlineSeconds, blockSeconds }) => {
      const spent = lateOnset ? 0.5 : 1;
      const part = (0.5 * blockSeconds) / deadlineSeconds;
      return { s: W.map((prior) => prior * spent), spent, part, isFirst: true };
    },
    fold(state, block) {
      const { s } = state;
      const { nC, eC, nS, eS } = block;
      if (!state.isFirst && state.spent < 1) {
        const part = Math.min(state.part, 1 - state.spent);
        state.spent += part;
        for (let k = 0; k < G.length; k += 1) s[k]! += part * W[k]!;
      }
      state.isFirst = false;
      // Without errors nothing can have passed the threshold.
      if (nC <= 0 || nS <= 0 || (delta === 0 && eC === 0 && eS === 0)) return undefined;
      let evidence = 1 - state.spent;
      const bets = betsOf(nS / nC);
      for (let k = 0; k < G.length; k += 1) {
        const bet = bets[k]!;
        const grown = Math.min(CAP, s[k]! * factorOf(bet, block, delta));
        s[k] = grown;
        evidence += grown;
      }
      return evidence >= threshold ? 'rollBack' : undefined;
    },
  };
}

interface Bet {
  readonly u: number;
  readonly up: number;
  readonly down: number;
  readonly logUp: number;
  readonly logDown: number;
}

/** What a block multiplies a bet's stake with. A few whole errors are multiplied: an exponential costs as much as ten. */
function factorOf({ u, up, down, logUp, logDown }: Bet, { eC, eS, nS }: Block, delta: number): number {
  if (delta === 0 && eC + eS <= 10 && Number.isInteger(eC) && Number.isInteger(eS)) {
    let factor = 1;
    for (let error = 0; error < eC; error += 1) factor *= up;
    for (let error = 0; error < eS; error += 1) factor *= down;
    return factor;
  }
  return Math.exp(eC * logUp + eS * logDown - u * delta * nS);
}

/** κ takes few values; logarithms are dear. Forgets all at once, so that a ramp's many values do no harm. */
export function memoised<T>(make: (kappa: number) => T): (kappa: number) => T {
  const known = new Map<number, T>();
  return (kappa) => {
    const found = known.get(kappa);
    if (found !== undefined) return found;
    if (known.size > 5000) known.clear();
    const made = make(kappa);
    known.set(kappa, made);
    return made;
  };
}
