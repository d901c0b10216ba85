import { describe, expect, it } from 'vitest';
import { threshold } from './e-process.ts';
import { AT_ONCE, type Mixture, type MixtureProcess } from './mixture.ts';
import { blocksNeeded } from './projection.ts';
import type { RateBlock } from './rate.ts';
import { noWorseRate } from './rate-no-worse.ts';
import { ERROR_ALTERNATIVES, worseRate } from './rate-worse.ts';
import { waldBound } from './wald.ts';

const tolerance = { factor: 1, points: 0.002 };
const worse: MixtureProcess<RateBlock, Mixture> = worseRate({
  tolerance,
  dispersion: 1,
  onset: AT_ONCE,
  alternatives: ERROR_ALTERNATIVES,
});
const noWorse = noWorseRate({
  tolerance: { factor: 1, points: 0.005 },
  dispersion: 1,
  history: { requests: 20_000, errors: 200 },
});
/** What one pair is in the mean. */
const pair = (canary: number, stable: number): RateBlock => ({
  canary: { requests: 1, errors: canary },
  stable: { requests: 1, errors: stable },
});
const times = (n: number, { canary, stable }: RateBlock): RateBlock => ({
  canary: { requests: n, errors: n * canary.errors },
  stable: { requests: n, errors: n * stable.errors },
});

describe('the requests still needed', () => {
  it.each([
    ['to roll back', worse, pair(0.02, 0.001), 0.01],
    ['to promote', noWorse, pair(0.01, 0.01), 0.05],
  ] as const)('%s are those after which the evidence is there, if all goes on so', (_, process, one, alpha) => {
    const needed = blocksNeeded(process, process.start as never, one, threshold(alpha)) ?? 0;
    expect(needed).toBeGreaterThan(100);
    // In blocks of ten pairs, as it would come.
    let [state, pairs] = [process.start as never, 0];
    while (process.logEvidence(state) < threshold(alpha)) {
      state = process.after(state, times(10, one)) as never;
      pairs += 10;
    }
    expect(pairs).toBeGreaterThan(0.7 * needed - 10);
    expect(pairs).toBeLessThan(1.1 * needed + 10);
  });

  it('are of the order of Wald’s bound', () => {
    const options = { rates: { canary: 0.02, stable: 0.001 }, canaryShare: 0.5, tolerance, alpha: 0.01, power: 0.95 };
    const bound = waldBound(options)?.canaryRequests ?? 0;
    const needed = blocksNeeded(worse, worse.start, pair(0.02, 0.001), threshold(0.01)) ?? 0;
    expect(needed / bound).toBeGreaterThan(1);
    expect(needed / bound).toBeLessThan(1.8);
  });

  it('become fewer with each that came, and none are needed when it is there', () => {
    const asked = threshold(0.01);
    const half = worse.after(worse.start, times(300, pair(0.02, 0.001)));
    const before = blocksNeeded(worse, worse.start, pair(0.02, 0.001), asked) ?? 0;
    expect(blocksNeeded(worse, half, pair(0.02, 0.001), asked)).toBeCloseTo(before - 300, 3);
    const there = worse.after(half, times(3000, pair(0.02, 0.001)));
    expect(blocksNeeded(worse, there, pair(0.02, 0.001), asked)).toBe(0);
  });

  it('cannot be said when nothing grows: at the tolerance, and without requests', () => {
    expect(blocksNeeded(worse, worse.start, pair(0.003, 0.001), 4)).toBeUndefined();
    expect(blocksNeeded(worse, worse.start, { ...pair(0, 0), canary: { requests: 0, errors: 0 } }, 4)).toBeUndefined();
    expect(blocksNeeded(noWorse, noWorse.start, pair(0.015, 0.01), 4)).toBeUndefined();
  });
});
