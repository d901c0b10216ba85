import { describe, expect, it } from 'vitest';
import { binomial, both, meanOf } from '../../test/support/enumeration.ts';
import { aboveLimit, limitFactor } from './limit.ts';
import { AT_ONCE } from './mixture.ts';

const LATE = { atOnce: 0.5, overBlocks: 10 };
const process = (limit: number, options = {}) => aboveLimit({ limit, dispersion: 1, onset: AT_ONCE, ...options });
const folded = (limit: number, requests: number, errors: number) => {
  const rate = process(limit);
  return rate.logEvidence(rate.after(rate.start, { requests, errors }));
};

describe('the mean of the evidence that a rate is above its limit', () => {
  it.each([0, 0.003, 0.01, 0.2, 0.5, 0.72, 0.8, 0.9, 0.97])('is at most 1 at the limit %d and below', (limit) => {
    for (const part of [1, 0.9, 0.5, 0])
      for (const n of [1, 7, 40]) {
        const mean = meanOf(binomial(n, part * limit), (errors) => Math.exp(folded(limit, n, errors)));
        expect(mean).toBeLessThanOrEqual(1 + 1e-9);
        // Exactly a martingale at the limit itself.
        if (part === 1) expect(mean).toBeCloseTo(1, 7);
      }
  });

  it('is at most 1 with halves of errors, with a dispersion, and with wealth that begins late', () => {
    const halves = meanOf(binomial(12, 0.2), (errors) => Math.exp(folded(0.1, 12, errors / 2)));
    expect(halves).toBeLessThanOrEqual(1);
    const rate = process(0.1, { dispersion: 2, onset: LATE });
    const mean = meanOf(both(binomial(10, 0.1), binomial(5, 0.1)), ([a, b]) =>
      Math.exp(
        rate.logEvidence(rate.after(rate.after(rate.start, { requests: 10, errors: a }), { requests: 5, errors: b })),
      ),
    );
    expect(mean).toBeLessThanOrEqual(1);
  });

  it('is above 1 beyond the limit', () => {
    expect(meanOf(binomial(40, 0.4), (errors) => Math.exp(folded(0.2, 40, errors)))).toBeGreaterThan(3);
  });

  it('is at most 1 for strategies below a least rate too', () => {
    for (const rate of [0.3, 0.5, 0.9])
      expect(
        meanOf(binomial(9, rate), (errors) => Math.exp(limitFactor(0.4, 0.3, { requests: 9, errors }))),
      ).toBeLessThanOrEqual(1 + 1e-12);
  });
});

describe('a limit', () => {
  it('of 100 % is never passed', () => {
    expect(folded(1, 100, 100)).toBeCloseTo(0, 8);
  });

  it('of 0 is passed by some errors, whatever the number of requests', () => {
    expect(folded(0, 1_000_000, 3)).toBeGreaterThan(Math.log(100));
  });

  it('is worth its factor: ten requests, all of them errors, at 10 %', () => {
    expect(folded(0.1, 10, 10)).toBeGreaterThan(10 * Math.log(9) - Math.log(9) - 1e-6);
    expect(folded(0.1, 10, 10)).toBeLessThan(10 * Math.log(10));
  });

  it.each([-0.1, 1.1, Number.NaN])('of %d is none', (limit) => {
    expect(() => process(limit)).toThrow(RangeError);
  });

  it('asks for requests: without any the state stays as it is', () => {
    const rate = process(0.01);
    expect(rate.after(rate.start, { requests: 0, errors: 0 })).toBe(rate.start);
    expect(() => rate.after(rate.start, { requests: 1, errors: Number.NaN })).toThrow(RangeError);
  });
});
