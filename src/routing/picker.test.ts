import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../lib/random.ts';
import { drawStream, pickByStream, sampled } from './picker.ts';

const DRAWS = 1_000_000;

describe('picking a destination', () => {
  it.each([
    ['0.1 %', [999, 1]],
    ['1 %', [99, 1]],
    ['10 %', [900, 100]],
    ['10 % of large weights', [900_000_000, 100_000_000]],
  ])('gives %s within five standard deviations of a million draws', (_share, weights) => {
    const random = seededRandom(20261121);
    let canary = 0;
    for (let draw = 0; draw < DRAWS; draw++) canary += pickByStream(weights, drawStream(random));
    const p = weights[1]! / (weights[0]! + weights[1]!);
    expect(Math.abs(canary - DRAWS * p)).toBeLessThan(5 * Math.sqrt(DRAWS * p * (1 - p)));
  });

  it('is the stream value modulo the total, in the order of the destinations', () => {
    expect([0, 2, 3, 5, 6, 1006].map((stream) => pickByStream([3, 0, 3, 4], stream))).toEqual([0, 0, 2, 2, 3, 3]);
  });

  it('never picks a weight of zero, whatever the draw', () => {
    const weights = fc
      .array(fc.nat(5), { minLength: 2, maxLength: 5 })
      .filter((list) => list.some((weight) => weight > 0));
    fc.assert(
      fc.property(weights, fc.maxSafeNat(), (list, stream) => {
        expect(list[pickByStream(list, stream)]).toBeGreaterThan(0);
      }),
    );
  });

  it('takes a single destination whatever its weight, and none among several without any', () => {
    expect(pickByStream([0], 5)).toBe(0);
    expect(() => pickByStream([0, 0], 5)).toThrow(RangeError);
  });

  it('draws integers up to 2^53, from one seed always the same', () => {
    expect(drawStream(() => 1 - 2 ** -32)).toBe(2 ** 53 - 1 - (2 ** 32 - 2 ** 32));
    expect(drawStream(seededRandom(1))).toBe(drawStream(seededRandom(1)));
  });
});

describe('sampling copies', () => {
  it('takes parts per million of the very same stream value, so that a larger share holds a smaller one', () => {
    const random = seededRandom(7);
    let taken = 0;
    for (let draw = 0; draw < DRAWS; draw++) {
      const stream = drawStream(random);
      if (sampled(1000, stream)) expect(sampled(100_000, stream)).toBe(true);
      if (sampled(100_000, stream)) taken++;
    }
    expect(Math.abs(taken - DRAWS * 0.1)).toBeLessThan(5 * Math.sqrt(DRAWS * 0.1 * 0.9));
    expect([sampled(0, 0), sampled(1_000_000, 999_999)]).toEqual([false, true]);
  });
});
