import { describe, expect, it } from 'vitest';
import { normal } from '../../test/support/seeded-traffic.ts';
import { seededRandom } from '../lib/random.ts';
import { gauge, gaugeBlocksNeeded } from './gauge.ts';
import { NOTHING } from './logs.ts';

const folded = (values: readonly number[], { factor = 1, evidenceThat = 'worse' as 'worse' | 'noWorse' } = {}) => {
  const process = gauge({ factor, evidenceThat });
  const state = values.reduce((one, logRatio) => process.after(one, { logRatio }), process.start);
  return { ...state, log: process.logEvidence(state) };
};

describe('the evidence of a gauge', () => {
  it('is the ratio of marginal likelihoods: by hand for three blocks', () => {
    // Mean 0.2, variance 0.01: t² = 12, freedom 2, n/(1 + n) = 3/4.
    const log = 0.5 * Math.log(1 / 4) - 1.5 * (Math.log(1 + 12 / 8) - Math.log(1 + 12 / 2));
    expect(folded([0.1, 0.2, 0.3]).log).toBeCloseTo(log, 12);
  });

  it('asks for three blocks that differ, and for a mean beyond the tolerance', () => {
    expect(folded([]).log).toBe(0);
    expect(folded([0.3]).log).toBe(NOTHING);
    expect(folded([0.3, 0.3, 0.3]).log).toBe(NOTHING);
    expect(folded([-0.1, -0.2, -0.3]).log).toBe(NOTHING);
    expect(folded([0.1, 0.2, 0.3], { factor: 1.3 }).log).toBe(NOTHING);
  });

  it('does not depend on the unit of the noise, nor on the order of blocks', () => {
    const values = [0.1, -0.05, 0.2, 0.15, 0.02];
    expect(folded(values.map((value) => 7 * value)).log).toBeCloseTo(folded(values).log, 9);
    expect(folded(values.toReversed()).log).toBeCloseTo(folded(values).log, 9);
  });

  it('that it is no worse is the same seen from the other side of the tolerance', () => {
    const values = [0.1, 0.2, 0.3];
    expect(
      folded(
        values.map((value) => -value),
        { evidenceThat: 'noWorse' },
      ).log,
    ).toBeCloseTo(folded(values).log, 12);
    expect(
      folded([0.01, -0.01, 0.02, 0, 0.015, -0.02, 0.01], { factor: 1.3, evidenceThat: 'noWorse' }).log,
    ).toBeGreaterThan(Math.log(20));
  });

  it('grows with blocks beyond the tolerance, and keeps its best', () => {
    const values = Array.from({ length: 30 }, (_, i) => 0.3 + 0.1 * Math.sin(i));
    const high = folded(values, { factor: 1.2 });
    expect(high.log).toBeGreaterThan(Math.log(100));
    expect(folded([...values, -50], { factor: 1.2 }).best).toBe(high.best);
  });

  it('is there after as many blocks as were said to be needed, if all goes on so', () => {
    const values = [0.1, 0.3, -0.05, 0.2, 0.15, 0.02];
    const needed = gaugeBlocksNeeded(folded(values), Math.log(100)) ?? 0;
    expect(needed).toBeGreaterThan(3);
    const more = Array.from({ length: 60 }, (_, i) => values[i % values.length] as number);
    const reached = [...more.keys()].find((i) => folded([...values, ...more.slice(0, i)]).log >= Math.log(100)) ?? 0;
    expect(Math.abs(reached - needed)).toBeLessThanOrEqual(3);
    expect(gaugeBlocksNeeded(folded([...values, ...more]), Math.log(100))).toBe(0);
    for (const nothing of [[], [0.1, 0.2], [0.2, 0.2, 0.2], [-0.1, -0.3, -0.2], [1e-9, 1, -1]])
      expect(gaugeBlocksNeeded(folded(nothing), Math.log(100))).toBeUndefined();
  });

  it('stays finite for values that hardly differ or are enormous', () => {
    for (const values of [
      [1e-300, 2e-300, 3e-300],
      [1e8, 1e8 + 1, 1e8 + 2],
      [1, 1, 1 + 1e-15],
    ])
      expect(Number.isFinite(folded(values).log)).toBe(true);
    expect(() => folded([Number.NaN])).toThrow(RangeError);
    expect(() => folded([Number.NEGATIVE_INFINITY])).toThrow(RangeError);
    expect(() => gauge({ factor: 0, evidenceThat: 'worse' })).toThrow(RangeError);
  });

  it('reaches 100 in one of a hundred equal canaries at most, looked at after each block', () => {
    const reached = Array.from({ length: 400 }, (_, seed) => {
      const random = seededRandom(seed);
      return folded(Array.from({ length: 120 }, () => 0.2 * normal(random))).best >= Math.log(100);
    });
    expect(reached.filter(Boolean).length).toBeLessThanOrEqual(8);
  });
});
