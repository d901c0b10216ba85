import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block } from '../truth/block.ts';
import type { Setting } from '../truth/setting.ts';
import { classify, kayentaRule } from './kayenta.ts';
import { hodgesLehmann, mannWhitneyZ } from './mann-whitney.ts';
import { mw95 } from './mw95.ts';

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

const SETTING: Setting = {
  arms: 'mirror',
  share: 0.5,
  deadlineSeconds: 3600,
  blockSeconds: 60,
  before: { requests: 0, errors: 0 },
};
const ERRORS = { kind: 'errors' } as const;
const minute = (eC: number, eS: number, nC = 1000): Block => ({ seconds: 60, nC, eC, nS: 1000, eS });
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

/** The lower end of the interval for the shift: the least shift that the test does not reject, found by bisection as Kayenta's root is. */
function lowerEnd(x: readonly number[], y: readonly number[]): number {
  let [low, high] = [Math.min(...x) - Math.max(...y) - 1, Math.max(...x) - Math.min(...y) + 1];
  for (let step = 0; step < 80; step += 1) {
    const middle = (low + high) / 2;
    const z = mannWhitneyZ(sorted(x), sorted(y), middle);
    if (z > 2.326) low = middle;
    else high = middle;
  }
  return low;
}

describe('Kayenta’s classes', () => {
  it('pass equal arrays, and a single value on both sides', () => {
    expect(classify(sorted([3, 1, 2]), sorted([1, 2, 3]))).toBe('Pass');
    expect(classify(sorted([0, 0, 0, 0]), sorted([0, 0, 0]))).toBe('Pass');
  });

  it('are High for a clear shift of enough points, and not for four', () => {
    // Four above four: U = 16, z = 7.5/√12 = 2.17; five above five: z = 12/√22.9 = 2.51.
    expect(classify(sorted(range(100, 104)), sorted(range(0, 4)))).toBe('Pass');
    expect(classify(sorted(range(100, 105)), sorted(range(0, 5)))).toBe('High');
  });

  it('leave the effect size out where a mean is zero', () => {
    expect(classify(sorted(range(1, 10)), sorted(Array(9).fill(0)))).toBe('High');
  });

  it('are not High for what is lower', () =>
    expect(classify(sorted(range(0, 9)), sorted(range(100, 109)))).toBe('Pass'));

  it('are High exactly when the interval’s lower end is above a quarter of the estimate', () => {
    const points = fc.array(fc.double({ min: 1, max: 2, noNaN: true }), { minLength: 5, maxLength: 14 });
    fc.assert(
      fc.property(points, points, fc.double({ min: 0, max: 1.5, noNaN: true }), (base, y, shift) => {
        const x = base.map((value) => value + shift);
        const end = lowerEnd(x, y);
        const tolerated = 0.25 * Math.abs(hodgesLehmann(sorted(x), sorted(y)));
        // At the very edge bisection and comparison may differ.
        fc.pre(Math.abs(end - tolerated) > 1e-9);
        const isHigher = x.reduce((a, b) => a + b) / x.length >= y.reduce((a, b) => a + b) / y.length;
        expect(classify(sorted(x), sorted(y)) === 'High').toBe(end > tolerated && isHigher);
      }),
      { numRuns: 300 },
    );
  });
});

describe('Kayenta’s rule', () => {
  it('needs five minutes of the clearest difference', () => {
    const rule = kayentaRule({ name: 'kayenta', signal: ERRORS, judged: 1 });
    const state = rule.start(SETTING);
    const answers = range(0, 5).map((at) => rule.fold(state, minute(300 + at, at), SETTING));
    expect(answers).toEqual([undefined, undefined, undefined, undefined, 'rollBack']);
  });

  it('looks only every so many minutes, or once at the end', () => {
    // Four minutes are too few; the next look is after eight.
    const seldom = kayentaRule({ name: 'kayenta 4', signal: ERRORS, judged: 4 });
    const state = seldom.start(SETTING);
    const answers = range(0, 8).map((at) => seldom.fold(state, minute(300 + at, at), SETTING));
    expect(answers.indexOf('rollBack')).toBe(7);
    const once = kayentaRule({ name: 'kayenta once', signal: ERRORS, judged: 'once' });
    const kept = once.start(SETTING);
    for (const at of range(0, 8)) expect(once.fold(kept, minute(300 + at, at), SETTING)).toBeUndefined();
    expect(once.atDeadline?.(kept, SETTING)).toBe('rollBack');
  });

  it('leaves out minutes without requests, and promotes when it has seen nothing', () => {
    const rule = kayentaRule({ name: 'kayenta', signal: ERRORS, judged: 1 });
    const state = rule.start(SETTING);
    for (const at of range(0, 30)) expect(rule.fold(state, minute(0, at, 0), SETTING)).toBeUndefined();
    expect(rule.atDeadline?.(state, SETTING)).toBe('promote');
  });
});

describe('mw95', () => {
  it('speaks from three points on, at 1.96', () => {
    const rule = mw95({ name: 'mw95', signal: ERRORS });
    const state = rule.start(SETTING);
    // Three above three: z = 4/√5.25 = 1.75; four above four: 2.17.
    expect(
      range(0, 4)
        .map((at) => rule.fold(state, minute(300 + at, at), SETTING))
        .indexOf('rollBack'),
    ).toBe(3);
  });
});
