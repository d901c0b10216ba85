import { describe, expect, it } from 'vitest';
import { ISTIO_EDGES } from '../../test/support/istio-edges.ts';
import { bucketsOf, NATIVE_EDGES } from './truth/latency.ts';
import {
  bernoulliNats,
  boundOfBuckets,
  boundOfOneSample,
  boundOfPairs,
  boundOfRequests,
  boundOfShift,
  boundToPromote,
  boundWithMargin,
  neededNats,
  PROMOTE,
  ROLL_BACK,
} from './wald.ts';

/** Canary, stable in per cent; one sample, pairs, requests at 95/5, pairs at 0.1 %: computed on their own for the facts. */
const TABLE = [
  [2, 0.1, 102, 393, 2454, 599],
  [0.5, 0.1, 1030, 2862, 22_706, 4360],
  [1.5, 1, 3816, 8195, 80_947, 12_485],
  [2, 1, 1067, 2422, 22_792, 3691],
  [5, 1, 101, 279, 2228, 425],
  [0.2, 0.1, 10_799, 24_548, 230_655, 37_402],
  [1, 0.001, 71, 607, 2874, 924],
] as const;

describe('Wald’s bound', () => {
  it('needs these nats', () => {
    expect(neededNats(ROLL_BACK)).toBeCloseTo(4.177, 3);
    expect(neededNats({ alpha: 0.001, power: 0.95 })).toBeCloseTo(6.364, 3);
  });

  it.each(TABLE)('for %d against %d %% is as tabled', (canary, stable, one, pairs, split, strict) => {
    const rates = { canary: canary / 100, stable: stable / 100 };
    expect(Math.round(boundOfOneSample(rates, ROLL_BACK))).toBe(one);
    expect(Math.round(boundOfPairs(rates, ROLL_BACK))).toBe(pairs);
    expect(Math.round(boundOfRequests(rates, 0.05, ROLL_BACK))).toBe(split);
    expect(Math.round(boundOfPairs(rates, { alpha: 0.001, power: 0.95 }))).toBe(strict);
  });

  it.each([
    [2, 0.1, 0.5, 672],
    [2, 0.1, 0.2, 474],
    [1.5, 1, 0.2, 22_712],
    [2, 1, 0.5, 9639],
  ])('for %d against %d %%, %d points tolerated, is as tabled', (canary, stable, delta, pairs) => {
    const rates = { canary: canary / 100, stable: stable / 100 };
    expect(Math.round(boundWithMargin(rates, delta / 100, ROLL_BACK))).toBe(pairs);
  });

  it('is infinite for what is tolerated', () => {
    expect(boundWithMargin({ canary: 0.012, stable: 0.01 }, 0.002, ROLL_BACK)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    [0.1, 3504, 885, 359],
    [1, 26_361, 4319, 1157],
    [5, 125_896, 20_161, 5056],
  ])('to promote at %d %% is as tabled', (rate, fine, middle, coarse) => {
    const bounds = [0.002, 0.005, 0.01].map((delta) => Math.round(boundToPromote(rate / 100, delta, PROMOTE)));
    expect(bounds).toEqual([fine, middle, coarse]);
  });

  it('without errors is the logarithm of the tolerance', () => {
    expect(boundToPromote(0, 0.005, PROMOTE)).toBeCloseTo(neededNats(PROMOTE) / -Math.log1p(-0.005), 3);
  });

  it.each([
    [1.1, 1177, 1269, 1180],
    [1.2, 322, 348, 324],
    [1.5, 65, 72, 67],
    [2, 22, 26, 24],
  ])('for latencies × %d is as tabled', (factor, continuous, istio, native) => {
    const bound = (edges: readonly number[]): number => {
      const truth = { medianMs: 50, logSd: 0.8, edges, canary: { factor } };
      return Math.round(boundOfBuckets(bucketsOf(truth, 'canary'), bucketsOf(truth, 'stable'), ROLL_BACK));
    };
    expect(Math.round(boundOfShift(factor, 0.8, ROLL_BACK))).toBe(continuous);
    expect([bound(ISTIO_EDGES), bound(NATIVE_EDGES)]).toEqual([istio, native]);
  });

  it('measures a divergence', () => {
    expect(bernoulliNats(0.3, 0.3)).toBe(0);
    expect(bernoulliNats(0, 0.5)).toBeCloseTo(Math.LN2, 12);
    expect(bernoulliNats(1, 0.25)).toBeCloseTo(Math.log(4), 12);
  });
});
