import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block } from '../truth/block.ts';
import { logFactorial } from '../truth/draws.ts';
import type { Setting } from '../truth/setting.ts';
import { lmBetabin } from './lm-betabin.ts';
import { naiveZ } from './naive-z.ts';
import { oracleSprt } from './oracle-sprt.ts';

const MIRROR: Setting = {
  arms: 'mirror',
  share: 0.5,
  deadlineSeconds: 3600,
  blockSeconds: 1,
  before: { requests: 0, errors: 0 },
  truth: { canary: 0.02, stable: 0.001 },
};
const block = (nC: number, eC: number, nS: number, eS: number): Block => ({ seconds: 1, nC, eC, nS, eS });

const counts = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }), fc.nat(40), fc.nat(40))
  .map(([nC, nS, eC, eS]) => block(nC, Math.min(nC, eC), nS, Math.min(nS, eS)));

describe('the naive z', () => {
  it('of a mirror is (eC − eS)/√(eC + eS)', () => {
    const rule = naiveZ({ name: 'z', peekEvery: 200 });
    // 12 against 3: 9/√15 = 2.324; 13 against 3: 10/4 = 2.5.
    expect(rule.fold(rule.start(MIRROR), block(100, 12, 100, 3), MIRROR)).toBeUndefined();
    expect(rule.fold(rule.start(MIRROR), block(100, 13, 100, 3), MIRROR)).toBe('rollBack');
  });

  it('of a split weighs the errors by the requests', () => {
    const rule = naiveZ({ name: 'z', peekEvery: 200 });
    // A tenth of the requests, 5 of 20 errors: (5 − 2)/√1.8 = 2.236; 6 of 20: 2.981.
    expect(rule.fold(rule.start(MIRROR), block(20, 5, 180, 15), MIRROR)).toBeUndefined();
    expect(rule.fold(rule.start(MIRROR), block(20, 6, 180, 14), MIRROR)).toBe('rollBack');
  });

  it('speaks at the first peek where all errors so far say so', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(6), fc.nat(3)), { minLength: 1, maxLength: 30 }), (errors) => {
        const rule = naiveZ({ name: 'z', peekEvery: 50 });
        const state = rule.start(MIRROR);
        const answers = errors.map(([eC, eS]) => rule.fold(state, block(10, eC, 10, eS), MIRROR));
        const isHigh = errors.map((_, at) => {
          const sum = (arm: 0 | 1): number => errors.slice(0, at + 1).reduce((all, own) => all + own[arm], 0);
          // Blocks of twenty: a peek falls due with the third, fifth, eighth, tenth …
          const isPeek = Math.floor((20 * (at + 1)) / 50) > Math.floor((20 * at) / 50);
          return isPeek && sum(0) - sum(1) > 2.326 * Math.sqrt(sum(0) + sum(1));
        });
        expect(answers.indexOf('rollBack')).toBe(isHigh.indexOf(true));
      }),
    );
  });

  it('looks at its peeks only', () => {
    const rule = naiveZ({ name: 'z', peekEvery: 200 });
    const state = rule.start(MIRROR);
    expect(rule.fold(state, block(99, 50, 99, 0), MIRROR)).toBeUndefined();
    expect(rule.fold(state, block(1, 0, 1, 0), MIRROR)).toBe('rollBack');
  });
});

/** ln of the marginal likelihood of one order of the errors under the beta prior, by factorials: a, b whole. */
const logMarginal = (a: number, b: number, eC: number, eS: number): number =>
  logFactorial(a + eC - 1) +
  logFactorial(b + eS - 1) -
  logFactorial(a + b + eC + eS - 1) -
  (logFactorial(a - 1) + logFactorial(b - 1) - logFactorial(a + b - 1));

describe('the beta-binomial', () => {
  it('by hand: three canary errors in a row at concentration 2 are 1 · 4/3 · 3/2 = 2', () => {
    const rule = lmBetabin({ name: 'lm', alpha: 0.01, concentration: 2 });
    const state = rule.start(MIRROR);
    rule.fold(state, block(5, 3, 5, 0), MIRROR);
    expect(Math.exp(state.logE)).toBeCloseTo(2, 12);
  });

  it('is the ratio of the marginal likelihood to that of the share, whatever the blocks', () => {
    fc.assert(
      fc.property(fc.array(counts, { minLength: 1, maxLength: 8 }), fc.constantFrom(0.5, 0.05), (blocks, share) => {
        const rule = lmBetabin({ name: 'lm', alpha: 1e-300, concentration: 40 });
        const state = rule.start({ ...MIRROR, share });
        for (const own of blocks) rule.fold(state, own, MIRROR);
        const eC = blocks.reduce((sum, own) => sum + own.eC, 0);
        const eS = blocks.reduce((sum, own) => sum + own.eS, 0);
        const expected =
          logMarginal(40 * share, 40 * (1 - share), eC, eS) - eC * Math.log(share) - eS * Math.log(1 - share);
        expect(state.logE).toBeCloseTo(expected, 8);
      }),
    );
  });

  it('takes parts of errors for what they are', () => {
    const rule = lmBetabin({ name: 'lm', alpha: 1e-300, concentration: 2 });
    const [whole, parts] = [rule.start(MIRROR), rule.start(MIRROR)];
    rule.fold(whole, block(9, 2, 9, 1), MIRROR);
    for (let part = 0; part < 4; part += 1) rule.fold(parts, block(2, 0.5, 2, 0.25), MIRROR);
    expect(parts.logE).toBeCloseTo(whole.logE, 10);
  });

  it('rolls a worse canary back, and a better one only as published', () => {
    const [own, published] = [false, true].map((isTwoSided) =>
      lmBetabin({ name: 'lm', alpha: 0.01, concentration: 2, isTwoSided }),
    );
    expect(own!.fold(own!.start(MIRROR), block(100, 20, 100, 0), MIRROR)).toBe('rollBack');
    expect(own!.fold(own!.start(MIRROR), block(100, 0, 100, 20), MIRROR)).toBeUndefined();
    expect(published!.fold(published!.start(MIRROR), block(100, 0, 100, 20), MIRROR)).toBe('rollBack');
  });
});

describe('the oracle', () => {
  it('is the likelihood ratio of the truth to the closest common rate', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom(0.5, 0.05), ({ nC, eC, nS, eS }, share) => {
        const rule = oracleSprt({ name: 'oracle', alpha: 1e-300 });
        const state = rule.start({ ...MIRROR, share });
        rule.fold(state, block(nC, eC, nS, eS), MIRROR);
        const common = share * 0.02 + (1 - share) * 0.001;
        const truth = 0.02 ** eC * 0.98 ** (nC - eC) * 0.001 ** eS * 0.999 ** (nS - eS);
        const same = common ** (eC + eS) * (1 - common) ** (nC + nS - eC - eS);
        expect(state.logRatio).toBeCloseTo(Math.log(truth) - Math.log(same), 8);
      }),
    );
  });

  it('rolls back at ln 100', () => {
    const rule = oracleSprt({ name: 'oracle', alpha: 0.01 });
    const state = rule.start(MIRROR);
    // A canary error is worth ln(0.02/0.0105) = 0.644.
    expect(rule.fold(state, block(7, 7, 0, 0), MIRROR)).toBeUndefined();
    expect(rule.fold(state, block(1, 1, 0, 0), MIRROR)).toBe('rollBack');
  });
});
