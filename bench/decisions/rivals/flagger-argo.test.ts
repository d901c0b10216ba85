import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule, Verdict } from '../rule.ts';
import type { Block } from '../truth/block.ts';
import type { Setting } from '../truth/setting.ts';
import { argoRule } from './argo.ts';
import { flaggerRule } from './flagger.ts';

const SETTING: Setting = {
  arms: 'mirror',
  share: 0.5,
  deadlineSeconds: 3600,
  blockSeconds: 60,
  before: { requests: 0, errors: 0 },
};

/** Canary's failures among 100 requests of each minute; undefined: no request at all. */
function played(rule: Rule, minutes: readonly (number | undefined)[]): readonly (Verdict | undefined)[] {
  const state = rule.start(SETTING);
  return minutes.map((failed) => {
    const nC = failed === undefined ? 0 : 100;
    const block: Block = { seconds: 60, nC, eC: failed ?? 0, nS: 100, eS: 0 };
    return rule.fold(state, block, SETTING);
  });
}

describe('Flagger', () => {
  const rule = flaggerRule({ name: 'flagger', signal: { kind: 'errors' }, most: 0.01 });

  it('rolls back with the fifth failed check, however many good ones lie between', () => {
    const answers = played(rule, [2, 0, 2, 0, 2, 0, 2, 0, 0, 2]);
    expect(answers.slice(0, 9).every((answer) => answer === undefined)).toBe(true);
    expect(answers[9]).toBe('rollBack');
  });

  it('does not fail a check at the limit itself', () => {
    expect(played(rule, Array(20).fill(1)).every((answer) => answer === undefined)).toBe(true);
  });

  it('fails a check without data', () => expect(played(rule, Array(5).fill(undefined)).at(-1)).toBe('rollBack'));

  it('promotes what it has not rolled back', () =>
    expect(rule.atDeadline?.(rule.start(SETTING), SETTING)).toBe('promote'));

  it('checks a quantile of latency by Prometheus’ interpolation', () => {
    const slow = flaggerRule({ name: 'p99', signal: { kind: 'latency', q: 0.99 }, most: 500, threshold: 1 });
    const setting = { ...SETTING, edges: [500, 1000, Number.POSITIVE_INFINITY] };
    const block = (counts: readonly number[]): Block => ({ seconds: 60, nC: 100, eC: 0, nS: 0, eS: 0, slowC: counts });
    expect(slow.fold(slow.start(setting), block([99, 1, 0]), setting)).toBeUndefined();
    expect(slow.fold(slow.start(setting), block([98, 2, 0]), setting)).toBe('rollBack');
  });
});

describe('Argo Rollouts', () => {
  const strict = argoRule({ name: 'argo', signal: { kind: 'errors' }, most: 0.01 });
  const lenient = argoRule({ name: 'argo 2', signal: { kind: 'errors' }, most: 0.01, failureLimit: 2 });

  it('by default aborts with the first failed measurement', () => {
    expect(played(strict, [0, 1, 2])).toEqual([undefined, undefined, 'rollBack']);
  });

  it('aborts when failures are more than failureLimit, in total', () => {
    expect(played(lenient, [2, 0, 2, 0, 0, 2])).toEqual([...Array(5).fill(undefined), 'rollBack']);
  });

  it('fails on NaN, which no successCondition is true of', () => {
    expect(played(strict, [undefined])).toEqual(['rollBack']);
  });
});

describe('both', () => {
  it('speak with the failed minute that is one too many, wherever it comes', () => {
    const minutes = fc.array(fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }), { maxLength: 40 });
    fc.assert(
      fc.property(minutes, fc.integer({ min: 1, max: 6 }), (failed, count) => {
        const bad = failed.flatMap((own, minute) => (own === undefined || own > 1 ? [minute] : []));
        const expected = bad[count - 1] ?? -1;
        const flagger = flaggerRule({ name: 'f', signal: { kind: 'errors' }, most: 0.01, threshold: count });
        const argo = argoRule({ name: 'a', signal: { kind: 'errors' }, most: 0.01, failureLimit: count - 1 });
        expect(played(flagger, failed).indexOf('rollBack')).toBe(expected);
        expect(played(argo, failed).indexOf('rollBack')).toBe(expected);
      }),
    );
  });
});
