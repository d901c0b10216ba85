import { describe, expect, it } from 'vitest';
import { both, meanOf, poisson } from '../../test/support/enumeration.ts';
import { AT_ONCE } from './mixture.ts';
import { restarts } from './restarts.ts';

const HOURLY = { factor: 2, perPodSecond: 1 / 3600, onset: AT_ONCE };
const process = restarts(HOURLY);
const block = (canary: [seconds: number, restarts: number], stable: [seconds: number, restarts: number]) => ({
  canary: { podSeconds: canary[0], restarts: canary[1] },
  stable: { podSeconds: stable[0], restarts: stable[1] },
});

describe('the mean of the evidence that the canary restarts more', () => {
  it.each([
    [3600, 3600],
    [600, 7200],
    [7200, 600],
  ])('is at most 1 at the tolerance: %i pod-seconds of the canary and %i of stable', (canary, stable) => {
    for (const hourly of [0, 0.5, 4]) {
      const expected = (canary / 3600) * (2 * hourly + 1);
      const trials = both(poisson(expected, 200), poisson((stable / 3600) * hourly, 200));
      const mean = meanOf(trials, ([c, s]) =>
        Math.exp(process.logEvidence(process.after(process.start, block([canary, c], [stable, s])))),
      );
      expect(mean).toBeLessThanOrEqual(1 + 1e-7);
      // For Poisson counts nothing is given away.
      expect(mean).toBeCloseTo(1, 5);
    }
  });
});

describe('a canary', () => {
  const evidence = (canary: number, stable: number) => {
    const state = process.after(process.start, block([1800, canary], [7200, stable]));
    return process.logEvidence(state);
  };

  it('that restarts again and again beside a stable that does not is found', () => {
    expect(evidence(8, 0)).toBeGreaterThan(Math.log(100));
  });

  it('that restarts once is not condemned, nor one that restarts as stable does', () => {
    expect(evidence(1, 0)).toBeLessThan(Math.log(5));
    expect(evidence(3, 12)).toBeLessThan(0);
  });

  it('is projected like any rate', () => {
    expect(process.factors(process.start, block([60, 1], [60, 0]))).toHaveLength(10);
    expect(process.factors(process.start, block([0, 0], [60, 0]))).toBeUndefined();
  });
});
