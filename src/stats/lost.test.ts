import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomial, both, meanOf } from '../../test/support/enumeration.ts';
import { failures } from '../../test/support/seeded-traffic.ts';
import { seededRandom } from '../lib/random.ts';
import { limitFactor } from './limit.ts';
import { fewerLost, isShort, leastReached, moreLost, type SampledCopies } from './lost.ts';
import { AT_ONCE, type Mixture, type MixtureProcess, type Onset } from './mixture.ts';

const LIMIT = 0.1;
const more = (onset: Onset = AT_ONCE) => moreLost({ limit: LIMIT, dispersion: 1, onset });
const fewer = () => fewerLost({ limit: LIMIT, dispersion: 1 });
/** Of blocks that follow each other, with so many on the way at the end of each. */
const late = (block: SampledCopies, onTheWay: number, isApart = false): SampledCopies => ({
  ...block,
  ends: { from: 0, to: 0, onTheWay, isApart },
});

const evidence = <State extends Mixture>(
  process: MixtureProcess<SampledCopies, State>,
  blocks: readonly SampledCopies[],
): number => Math.exp(process.logEvidence(blocks.reduce(process.after, process.start)));

const SHARES = [
  [1, 1],
  [0.1, 0.1],
  [0.1, 1],
  [1, 0.3],
] as const;

/** How the two blocks may come out when of each copy `lost` is lost; `worst` chooses what was on the way, knowing that. */
function meanOver(
  [first, second]: readonly [number, number],
  lost: number,
  worst: (one: SampledCopies, other: SampledCopies) => number,
): number {
  const trials = both(binomial(7, first * (1 - lost)), binomial(9, second * (1 - lost)));
  return meanOf(trials, ([one, other]) =>
    worst({ requests: 7, share: first, arrived: one }, { requests: 9, share: second, arrived: other }),
  );
}

describe('the mean of the evidence that more copies are lost', () => {
  it.each(SHARES)('is at most 1 when up to the limit are, with shares %d and %d', (...shares) => {
    for (const onset of [AT_ONCE, { atOnce: 0.5, overBlocks: 2 }])
      for (const lost of [0, 0.05, LIMIT])
        expect(meanOver(shares, lost, (one, other) => evidence(more(onset), [one, other]))).toBeLessThanOrEqual(
          1 + 1e-9,
        );
  });

  it.each(SHARES)(
    'is at most 1 with copies on the way at the end of each block, with shares %d and %d',
    (...shares) => {
      const behind = (one: SampledCopies, other: SampledCopies) =>
        [0, 1, 2].flatMap((first) =>
          [0, 1, 2].map((last) => {
            const arrived = [one.arrived - first, other.arrived + first - last] as const;
            return arrived.some((count) => count < 0)
              ? 0
              : evidence(more(), [
                  late({ ...one, arrived: arrived[0] }, 2),
                  late({ ...other, arrived: arrived[1] }, 2, one.share !== other.share),
                ]);
          }),
        );
      expect(meanOver(shares, LIMIT, (one, other) => Math.max(...behind(one, other)))).toBeLessThanOrEqual(1);
    },
  );

  it('is 1 at the limit when all is copied and nothing is on the way', () => {
    expect(meanOver([1, 1], LIMIT, (one, other) => evidence(more(), [one, other]))).toBeCloseTo(1, 7);
  });

  it('grows as that against a limit does, when all is copied', () => {
    const [factor] = more().factors(more().start, { requests: 100, share: 1, arrived: 70 }) ?? [];
    const times = LIMIT ** 0.85 / LIMIT;
    expect(factor).toBeCloseTo(limitFactor(times, LIMIT, { requests: 100, errors: 30 }), 9);
  });
});

describe('the mean of the evidence that fewer copies are lost', () => {
  it.each(SHARES)('is at most 1 when the limit are, or more, with shares %d and %d', (...shares) => {
    for (const lost of [LIMIT, 0.2, 0.9])
      expect(meanOver(shares, lost, (one, other) => evidence(fewer(), [one, other]))).toBeLessThanOrEqual(1 + 1e-9);
  });

  it.each(SHARES)('is at most 1 with copies on the way before and after, with shares %d and %d', (...shares) => {
    const early = (one: SampledCopies, other: SampledCopies) =>
      [0, 1, 2].flatMap((before) =>
        [0, 1, 2].map((between) =>
          one.arrived + before - between < 0
            ? 0
            : evidence(fewer(), [
                late({ ...one, arrived: one.arrived + before - between }, 2),
                late({ ...other, arrived: other.arrived + between }, 2, one.share !== other.share),
              ]),
        ),
      );
    expect(meanOver(shares, LIMIT, (one, other) => Math.max(...early(one, other)))).toBeLessThanOrEqual(1);
  });

  it('would be above 1 if copies on the way were not paid for', () => {
    const careless = (one: SampledCopies, other: SampledCopies) =>
      evidence(fewer(), [{ ...one, arrived: one.arrived + 2 }, other]);
    expect(meanOver([1, 1], LIMIT, careless)).toBeGreaterThan(1.1);
  });
});

describe('copies that are counted in another block than their requests', () => {
  const BLOCKS = 12;
  /** What came in each block, how many of its copies arrived, and how many of these are counted too late (below 0: too early) at its end. */
  const told = fc.record({
    requests: fc.array(fc.integer({ min: 200, max: 400 }), { minLength: BLOCKS, maxLength: BLOCKS }),
    lost: fc.array(fc.integer({ min: 0, max: 100 }), { minLength: BLOCKS, maxLength: BLOCKS }),
    behind: fc.array(fc.integer({ min: -50, max: 50 }), { minLength: BLOCKS + 1, maxLength: BLOCKS + 1 }),
    steady: fc.integer({ min: -50, max: 50 }),
    gaps: fc.array(fc.boolean(), { minLength: BLOCKS, maxLength: BLOCKS }),
  });

  it.each([
    ['more are lost, at once', more()],
    ['more are lost, from any block on', more({ atOnce: 0.1, overBlocks: BLOCKS })],
    ['fewer are lost', fewer()],
  ])('are never evidence that %s', (_, process) => {
    fc.assert(
      fc.property(told, ({ requests, lost, behind, steady, gaps }) => {
        let [exact, seen] = [process.start, process.start];
        for (const [j, all] of requests.entries()) {
          const arrived = all - (lost[j] as number);
          const [before, after] = [behind[j] as number, behind[j + 1] as number];
          exact = process.after(exact, { requests: all, share: 1, arrived });
          seen = process.after(seen, {
            requests: all,
            share: 1,
            arrived: arrived + before - after,
            ends: {
              from: Math.abs(before - steady),
              to: Math.abs(after - steady),
              onTheWay: 0,
              isApart: gaps[j] === true,
            },
          });
          expect(process.logEvidence(seen)).toBeLessThanOrEqual(process.logEvidence(exact) + 1e-3);
        }
      }),
    );
  });

  it('would be, if ends were not told', () => {
    const careless = [500, 0].map((arrived) => ({ requests: 250, share: 1, arrived }));
    expect(evidence(more(), careless.toReversed().slice(0, 1))).toBeGreaterThan(1000);
    expect(evidence(fewer(), careless.slice(0, 1))).toBeGreaterThan(1000);
  });

  it('are not lost as long as they may be on the way: a second without copies is no evidence, many are', () => {
    const silent = Array.from({ length: 5 }, () => late({ requests: 50, share: 1, arrived: 0 }, 50));
    expect(evidence(more(), silent.slice(0, 1))).toBeLessThanOrEqual(1);
    expect(evidence(more(), silent)).toBeGreaterThan(1000);
  });
});

describe('copies that are drawn', () => {
  const traffic = (share: number, lost: number, seed: number, count = 200): readonly SampledCopies[] => {
    const random = seededRandom(seed);
    return Array.from({ length: count }, () => ({
      requests: 250,
      share,
      arrived: failures(random, 250, share * (1 - lost)),
    }));
  };
  const onset = { atOnce: 0.7, overBlocks: 1440 };

  it.each([0.05, 0.1, 1])(
    'and all arrive are left alone, with a share of %d, and shown to be within in the end',
    (share) => {
      for (let seed = 1; seed <= 20; seed += 1) {
        const process = more(onset);
        expect(
          traffic(share, 0, seed)
            .map((one) => late(one, 5))
            .reduce(process.after, process.start).best,
        ).toBeLessThan(Math.log(100));
      }
      const process = fewer();
      expect(traffic(share, 0, 3, 1500).reduce(process.after, process.start).best).toBeGreaterThan(Math.log(20));
    },
  );

  it('and are lost in part are found, at once and late', () => {
    const lost = [...traffic(0.1, 0, 4), ...traffic(0.1, 0.6, 5, 40)];
    expect(evidence(more(onset), lost)).toBeGreaterThan(1000);
    expect(evidence(more(onset), lost.slice(-40))).toBeGreaterThan(1000);
  });

  it('are said to reach the canary at least in part', () => {
    const low = leastReached({ requests: 1000, expected: 1000, arrived: 970 }, 5, 3);
    expect(low).toBeGreaterThan(0.93);
    expect(low).toBeLessThan(0.965);
    expect(leastReached({ requests: 1000, expected: 1000, arrived: 2000 }, 5, 3)).toBeCloseTo(0.991, 3);
    expect(leastReached({ requests: 10_000, expected: 1000, arrived: 1000 }, 0, 3)).toBeCloseTo(0.914, 2);
    expect(leastReached({ requests: 1000, expected: 1000, arrived: 2 }, 5, 3)).toBe(0);
    expect(leastReached({ requests: 0, expected: 0, arrived: 0 }, 5, 3)).toBe(0);
  });

  it('are too few when that is more than chance and what is on the way', () => {
    const drawn = { requests: 10_000, expected: 1000 };
    expect(isShort({ ...drawn, arrived: 880 }, 0.01, 5, 4)).toBe(false);
    expect(isShort({ ...drawn, arrived: 850 }, 0.01, 5, 4)).toBe(true);
    expect(isShort({ requests: 1000, expected: 1000, arrived: 960 }, 0.01, 5, 4)).toBe(true);
    expect(isShort({ requests: 1000, expected: 1000, arrived: 975 }, 0.01, 5, 4)).toBe(false);
    expect(isShort({ requests: 0, expected: 0, arrived: 0 }, 0.01, 5, 4)).toBe(false);
  });

  it('are checked: a limit, a number on the way, counts', () => {
    for (const limit of [0, 1, Number.NaN]) expect(() => fewerLost({ limit, dispersion: 1 })).toThrow();
    expect(() => more().after(more().start, { requests: Number.NaN, share: 1, arrived: 0 })).toThrow(RangeError);
    const { start } = more();
    expect(more().after(start, { requests: 0, share: 1, arrived: 0 })).toBe(start);
    expect(more().after(start, { requests: 10, share: 0, arrived: 3 })).toBe(start);
  });
});
