import { describe, expect, it } from 'vitest';
import { ISTIO_EDGES } from '../../test/support/istio-edges.ts';
import { boundOf, boundOfBuckets, boundOfRates, PROMOTE, ROLL_BACK } from './bound.ts';
import type { Case } from './scenarios/scenario.ts';
import { bucketsOf, NATIVE_EDGES } from './truth/latency.ts';
import type { Traffic } from './truth/truth.ts';

const MIRROR: Traffic = { arms: 'mirror', perSecond: 50 };
const one = (traffic: Traffic, stable: number, canary: number, bound: NonNullable<Case['bound']>): number =>
  Math.round(boundOf({ truth: { traffic, blockSeconds: 1, seconds: 10, stable, canary }, bound }) ?? 0);

describe('the bound of a case', () => {
  it('is of pairs for a mirror, and of all requests for a split', () => {
    const split: Traffic = { arms: 'split', perSecond: 1000, shares: [0.05] };
    expect(one(MIRROR, 0.001, 0.02, { kind: 'rates', wanted: ROLL_BACK })).toBe(393);
    expect(one(split, 0.001, 0.02, { kind: 'rates', wanted: ROLL_BACK })).toBe(2454);
  });

  it('knows what is tolerated, also of a promotion', () => {
    expect(one(MIRROR, 0.001, 0.02, { kind: 'margin', delta: 0.005, wanted: ROLL_BACK })).toBe(672);
    expect(one(MIRROR, 0.01, 0.01, { kind: 'margin', delta: 0.005, wanted: PROMOTE })).toBe(4319);
  });

  it('is infinite where nothing can be told apart', () => {
    expect(boundOfRates('mirror', { canary: 0.01, stable: 0.01 }, 0.5, ROLL_BACK)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    [1.1, 1269, 1180],
    [1.2, 348, 324],
    [1.5, 72, 67],
    [2, 26, 24],
  ])('for latencies × %d is as tabled (facts/statistics.md B1)', (factor, istio, native) => {
    const bound = (edges: readonly number[]): number => {
      const truth = { medianMs: 50, logSd: 0.8, edges, canary: { factor } };
      return Math.round(boundOfBuckets(bucketsOf(truth, 'canary'), bucketsOf(truth, 'stable'), ROLL_BACK));
    };
    expect([bound(ISTIO_EDGES), bound(NATIVE_EDGES)]).toEqual([istio, native]);
  });
});
