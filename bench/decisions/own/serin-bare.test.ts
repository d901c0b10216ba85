import { describe, expect, it } from 'vitest';
import type { Block, Rule, Setting } from '../rule.ts';
import { logBinomial } from '../truth/draws.ts';
import { serinBare } from './serin-bare.ts';
import { serinBareBoth } from './serin-bare-both.ts';

const SETTING: Setting = { arms: 'mirror', share: 0.5, deadlineSeconds: 100, blockSeconds: 1 };
const block = (nC: number, eC: number, nS: number, eS: number): Block => ({ seconds: 1, nC, eC, nS, eS });

/** The mean of the evidence over all outcomes of one block at these rates. */
function meanEvidence(evidence: (own: Block) => number, nC: number, pC: number, nS: number, pS: number): number {
  let mean = 0;
  for (let eC = 0; eC <= nC; eC += 1)
    for (let eS = 0; eS <= nS; eS += 1)
      mean += Math.exp(logBinomial(nC, pC, eC) + logBinomial(nS, pS, eS)) * evidence(block(nC, eC, nS, eS));
  return mean;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('the bare mixture', () => {
  it('has expectation at most one while the canary is within the tolerance', () => {
    for (const [nC, nS] of [
      [5, 5],
      [3, 12],
      [1, 20],
    ] as const)
      for (const delta of [0, 0.002, 0.05])
        for (const pS of [0.001, 0.05, 0.4]) {
          const rule = serinBare({ name: 'own', alpha: 1e-300, delta });
          const evidence = (own: Block): number => {
            const state = rule.start(SETTING);
            rule.fold(state, own, SETTING);
            return sum(state.s);
          };
          expect(meanEvidence(evidence, nC, pS + delta, nS, pS)).toBeLessThanOrEqual(1 + 1e-9);
          // Exponentials bound what Bernoulli does: at high rates they give much away.
          if (pS < 0.1) expect(meanEvidence(evidence, nC, Math.min(0.98, 6 * pS + 0.4), nS, pS)).toBeGreaterThan(1);
        }
  });

  it('by hand: one canary error in a block of a mirror is worth Σ w·2g/(g + 1)', () => {
    const rule = serinBare({ name: 'own', alpha: 0.01 });
    const state = rule.start(SETTING);
    rule.fold(state, block(5, 1, 5, 0), SETTING);
    const g = [1.25, 1.5, 2, 3, 5, 8, 15, 30, 100, 1000];
    const w = [0.06, 0.12, 0.17, 0.17, 0.15, 0.12, 0.09, 0.06, 0.04, 0.02];
    expect(sum(state.s)).toBeCloseTo(sum(g.map((own, k) => (w[k]! * 2 * own) / (own + 1))), 12);
  });

  it('holds half back for late onset, and has spent it by the deadline', () => {
    const rule = serinBare({ name: 'own', alpha: 0.01, lateOnset: true });
    const state = rule.start(SETTING);
    expect([sum(state.s), state.spent]).toEqual([expect.closeTo(0.5, 12), 0.5]);
    for (let second = 0; second < 101; second += 1) rule.fold(state, block(5, 0, 5, 0), SETTING);
    expect([sum(state.s), state.spent]).toEqual([expect.closeTo(1, 9), expect.closeTo(1, 9)]);
  });

  it('waits for more with a part of alpha', () => {
    const errors = (rule: Rule): number => {
      const state = rule.start(SETTING);
      for (let error = 1; ; error += 1) if (rule.fold(state, block(5, 1, 5, 0), SETTING) !== undefined) return error;
    };
    expect(errors(serinBare({ name: 'all', alpha: 0.01 }))).toBeLessThan(
      errors(serinBare({ name: 'part', alpha: 0.01, weight: 0.1 })),
    );
  });
});

describe('evidence to promote', () => {
  const rule = serinBareBoth({ name: 'both', alpha: 0.01, delta: 0.005, alphaPromote: 0.05 });

  it('has expectation at most one at the tolerance and beyond', () => {
    for (const pS of [0, 0.01, 0.3])
      for (const excess of [0.005, 0.02]) {
        const evidence = (own: Block): number => {
          const state = rule.start(SETTING);
          rule.fold(state, own, SETTING);
          return sum(state.promote);
        };
        expect(meanEvidence(evidence, 10, pS + excess, 10, Math.max(1e-12, pS))).toBeLessThanOrEqual(1 + 1e-9);
      }
  });

  it('comes without errors, after ln 20 by the tolerance and some more', () => {
    const state = rule.start(SETTING);
    let pairs = 0;
    for (let answer: unknown; answer === undefined; pairs += 10)
      answer = rule.fold(state, block(10, 0, 10, 0), SETTING);
    expect(pairs).toBeGreaterThan(600);
    expect(pairs).toBeLessThan(1000);
  });
});
