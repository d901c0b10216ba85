import { describe, expect, it } from 'vitest';
import { binomial, both, meanOf } from '../../test/support/enumeration.ts';
import { failures } from '../../test/support/seeded-traffic.ts';
import { seededRandom } from '../lib/random.ts';
import { type CopiesBlock, lostCopies } from './lost.ts';
import { AT_ONCE, type Onset } from './mixture.ts';

const process = (inFlight: number, onset: Onset = AT_ONCE) =>
  lostCopies({ limit: 0.1, inFlight, dispersion: 1, onset });
const evidence = (rate: ReturnType<typeof process>, blocks: readonly CopiesBlock[]) =>
  Math.exp(rate.logEvidence(blocks.reduce(rate.after, rate.start)));

describe('the mean of the evidence that copies are lost', () => {
  it.each([AT_ONCE, { atOnce: 0.5, overBlocks: 2 }])(
    'is at most 1 at the limit, however many of those allowed are on the way at the end of each block: %o',
    (onset) => {
      const rate = process(3, onset);
      const trials = both(binomial(6, 0.1), binomial(8, 0.1));
      // The worst for us that those on the way can do, chosen after what was lost is known.
      const worst = (lost: number, later: number) =>
        [0, 1, 2, 3].flatMap((first) =>
          [0, 1, 2, 3].map((second) => {
            const arrived = [6 - lost - first, 8 - later + first - second] as const;
            return arrived.some((count) => count < 0)
              ? 0
              : evidence(rate, [
                  { expected: 6, arrived: arrived[0] },
                  { expected: 8, arrived: arrived[1] },
                ]);
          }),
        );
      expect(meanOf(trials, ([lost, later]) => Math.max(...worst(lost, later)))).toBeLessThanOrEqual(1);
    },
  );

  it('would be above 1 without a number for those on the way', () => {
    const careless = process(0);
    const mean = meanOf(binomial(6, 0.1), (lost) =>
      evidence(careless, [{ expected: 6, arrived: Math.max(0, 6 - lost - 3) }]),
    );
    expect(mean).toBeGreaterThan(1.5);
  });

  it('is 1 at the limit when nothing is on the way', () => {
    const mean = meanOf(binomial(9, 0.1), (lost) => evidence(process(0), [{ expected: 9, arrived: 9 - lost }]));
    expect(mean).toBeCloseTo(1, 7);
  });
});

describe('copies', () => {
  const traffic = (share: number, seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 60 }, () => ({ expected: 50, arrived: 50 - failures(random, 50, share) }));
  };

  it('that are refused are found, also when that begins late', () => {
    const rate = process(20, { atOnce: 0.5, overBlocks: 200 });
    const blocks = [...traffic(0.01, 1), ...traffic(0.01, 2), ...traffic(0.3, 3)];
    expect(evidence(rate, blocks)).toBeGreaterThan(1000);
  });

  it('that arrive late are not lost', () => {
    const rate = process(20);
    const late = traffic(0, 4).flatMap(({ expected }) => [
      { expected, arrived: expected - 20 },
      { expected, arrived: expected + 20 },
    ]);
    for (const to of [1, 2, 3, 50, 119, 120]) expect(evidence(rate, late.slice(0, to))).toBeLessThan(1.001);
  });

  it('may be many on the way: nothing overflows', () => {
    const rate = process(1e6);
    expect(rate.logEvidence(traffic(0.5, 5).reduce(rate.after, rate.start))).toBeLessThan(-1000);
  });

  it('are not guessed', () => {
    const rate = process(0);
    expect(rate.after(rate.start, { expected: 0, arrived: 0 })).toBe(rate.start);
    expect(() => rate.after(rate.start, { expected: Number.NaN, arrived: 0 })).toThrow(RangeError);
    expect(() => lostCopies({ limit: 0, inFlight: 0, dispersion: 1, onset: AT_ONCE })).toThrow(RangeError);
  });
});
