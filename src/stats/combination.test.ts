import { describe, expect, it } from 'vitest';
import { combine, weightsOf } from './combination.ts';

const part = (gate: string, weight: number, evidence: number) => ({ gate, weight, logEvidence: Math.log(evidence) });

describe('evidence to roll back', () => {
  it('is the weighted mean of the gates', () => {
    const { logEvidence } = combine([part('errors', 0.25, 40), part('latency', 0.75, 4)], 0.01);
    expect(Math.exp(logEvidence)).toBeCloseTo(13, 9);
  });

  it('is attributed to the gates that reach it by themselves, strongest first', () => {
    const combined = combine([part('cpu', 0.2, 1000), part('errors', 0.3, 5000), part('latency', 0.5, 30)], 0.01);
    expect(combined).toMatchObject({ reached: true, gates: ['errors', 'cpu'] });
  });

  it('may be reached by all together and by none alone', () => {
    const combined = combine([part('errors', 0.5, 150), part('latency', 0.5, 120)], 0.01);
    expect(combined).toMatchObject({ reached: true, gates: [] });
  });

  it('is not reached by a gate whose weight is too small for it', () => {
    expect(combine([part('errors', 0.9, 1), part('cpu', 0.1, 900)], 0.01)).toMatchObject({ reached: false, gates: [] });
  });

  it('of no gates, or of weights that nobody has, is 1', () => {
    expect(combine([], 0.01)).toEqual({ logEvidence: 0, reached: false, gates: [] });
    expect(Math.exp(combine([part('errors', 0.25, 1e-300)], 0.01).logEvidence)).toBeCloseTo(0.75, 12);
  });

  it('stays finite for evidence beyond all numbers', () => {
    const huge = combine(
      [
        { gate: 'errors', weight: 0.5, logEvidence: 1e9 },
        { gate: 'cpu', weight: 0.5, logEvidence: -1e9 },
      ],
      0.01,
    );
    expect(huge.logEvidence).toBeCloseTo(1e9 - Math.LN2, 3);
    expect(huge.gates).toEqual(['errors']);
  });

  it('refuses weights that are more than all', () => {
    expect(() => combine([part('a', 0.6, 1), part('b', 0.6, 1)], 0.01)).toThrow(RangeError);
    expect(() => combine([part('a', 0, 1)], 0.01)).toThrow(RangeError);
    expect(() => combine([], 0)).toThrow(RangeError);
  });
});

describe('weights', () => {
  it('are scaled to all, whatever they add up to', () => {
    expect(weightsOf({ errors: 0.3, cpu: 0.05, memory: 0.05 })).toEqual({
      errors: expect.closeTo(0.75, 12),
      cpu: expect.closeTo(0.125, 12),
      memory: expect.closeTo(0.125, 12),
    });
  });
});
