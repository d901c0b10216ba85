import { describe, expect, it } from 'vitest';
import { type BoundOptions, waldBound } from './wald.ts';

const bound = (canary: number, stable: number, options: Partial<BoundOptions> = {}) =>
  waldBound({
    rates: { canary, stable },
    canaryShare: 0.5,
    tolerance: { factor: 1, points: 0 },
    alpha: 0.01,
    power: 0.95,
    ...options,
  });
const points = (value: number) => ({ tolerance: { factor: 1, points: value } });

describe('Wald’s bound', () => {
  it.each([
    [0.02, 0.001, 393],
    [0.005, 0.001, 2862],
    [0.015, 0.01, 8195],
    [0.05, 0.01, 279],
    [0.01, 0.00001, 607],
  ])('is that of facts/statistics.md B1 for copies: %d beside %d', (canary, stable, pairs) => {
    expect(Math.round(bound(canary, stable)?.canaryRequests ?? 0)).toBe(pairs);
  });

  it.each([
    [0.02, 0.001, 2454, 123],
    [0.05, 0.01, 2228, 111],
  ])('is that of B1 for 5 %% of live traffic: %d beside %d', (canary, stable, requests, canaryRequests) => {
    const split = bound(canary, stable, { canaryShare: 0.05 });
    expect(Math.round(split?.requests ?? 0)).toBe(requests);
    expect(Math.round(split?.canaryRequests ?? 0)).toBe(canaryRequests);
  });

  it.each([
    [0.02, 0.001, 0.005, 672],
    [0.02, 0.001, 0.002, 474],
    [0.015, 0.01, 0.002, 22_712],
    [0.02, 0.01, 0.005, 9639],
  ])('is that of B1 with a tolerance: %d beside %d, %d points', (canary, stable, tolerated, pairs) => {
    expect((bound(canary, stable, points(tolerated))?.canaryRequests ?? 0) / pairs).toBeCloseTo(1, 2);
  });

  it.each([
    [0.001, 0.005, 885],
    [0.01, 0.005, 4319],
    [0.05, 0.01, 5056],
  ])('is that of B1 for a promotion: both at %d, %d points', (rate, tolerated, pairs) => {
    const promotion = bound(rate, rate, { ...points(tolerated), alpha: 0.05 });
    expect((promotion?.canaryRequests ?? 0) / pairs).toBeCloseTo(1, 2);
  });

  it('is that of the nats when the rates are far from each other: none beside all', () => {
    expect(bound(1, 0)?.canaryRequests).toBeCloseTo(4.177 / (2 * Math.LN2), 3);
    expect(bound(0, 0, points(0.5))?.canaryRequests).toBeCloseTo(4.177 / Math.LN2, 2);
  });

  it('is none where nothing can be told apart', () => {
    expect(bound(0.01, 0.01)).toBeUndefined();
    expect(bound(0.015, 0.01, points(0.005))).toBeUndefined();
  });
});
