import { describe, expect, it } from 'vitest';
import { binomial, both, meanOf, type Trial } from '../../test/support/enumeration.ts';
import { failures, quantilesOf } from '../../test/support/seeded-traffic.ts';
import { seededRandom } from '../lib/random.ts';
import { type Outcomes, type RateBlock, type RateTolerance, tolerated } from './rate.ts';
import { bestStake, betterStake, noWorseRate } from './rate-no-worse.ts';
import { waldBound } from './wald.ts';

const TOLERANCE: RateTolerance = { factor: 1.1, points: 0.05 };
const NOTHING_KNOWN: Outcomes = { requests: 0, errors: 0 };
const process = (tolerance: RateTolerance, options = {}) =>
  noWorseRate({ tolerance, dispersion: 1, history: NOTHING_KNOWN, ...options });
const block = (nC: number, eC: number, nS: number, eS: number): RateBlock => ({
  canary: { requests: nC, errors: eC },
  stable: { requests: nS, errors: eS },
});

type Arms = readonly [canary: number, stable: number];
/** All outcomes of blocks after each other, the canary's rate `excess` above what is tolerated in each. */
function outcomes(
  blocks: readonly { arms: Arms; stable: number }[],
  excess: number,
): readonly Trial<readonly RateBlock[]>[] {
  return blocks.reduce<readonly Trial<readonly RateBlock[]>[]>(
    (trials, { arms: [nC, nS], stable }) => {
      const canary = Math.min(1, tolerated(TOLERANCE, stable) + excess);
      const next = both(binomial(nC, canary), binomial(nS, stable));
      return both(trials, next).map(({ outcome: [before, [eC, eS]], probability }) => ({
        outcome: [...before, block(nC, eC, nS, eS)],
        probability,
      }));
    },
    [{ outcome: [], probability: 1 }],
  );
}

const meanEvidence = (blocks: readonly { arms: Arms; stable: number }[], excess = 0, options = {}) => {
  const rate = process(TOLERANCE, options);
  return meanOf(outcomes(blocks, excess), (seen) => Math.exp(rate.logEvidence(seen.reduce(rate.after, rate.start))));
};

describe('the mean of the evidence that a rate is no worse', () => {
  it.each([
    [1, 1],
    [12, 12],
    [14, 3],
    [2, 16],
  ] as const)('is at most 1 at the tolerance and beyond: %i requests of the canary and %i of stable', (nC, nS) => {
    for (const stable of [0, 0.01, 0.1, 0.4, 0.8])
      for (const excess of [0, 0.02, 0.3])
        expect(meanEvidence([{ arms: [nC, nS], stable }], excess)).toBeLessThanOrEqual(1 + 1e-9);
  });

  it('is at most 1 though bets follow what was seen: three blocks, shares and rates that change', () => {
    for (const stable of [0, 0.05, 0.3]) {
      const blocks: { arms: Arms; stable: number }[] = [
        { arms: [4, 4], stable },
        { arms: [2, 6], stable: 2 * stable },
        { arms: [5, 2], stable: 0.5 * stable },
      ];
      expect(meanEvidence(blocks)).toBeLessThanOrEqual(1 + 1e-9);
      expect(meanEvidence(blocks, 0, { dispersion: 2 })).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  it('is 1 nearly exactly at the tolerance when errors are rare: nothing is given away', () => {
    expect(meanEvidence([{ arms: [4, 4], stable: 0 }])).toBeGreaterThan(0.99);
  });

  it('would be above 1 if a bet knew its own block', () => {
    // A history that is the block itself: the cheat that `after` must not commit.
    const mean = meanOf(outcomes([{ arms: [12, 12], stable: 0.1 }], 0), (seen) => {
      const [one] = seen as readonly [RateBlock];
      const stake = bestStake(TOLERANCE, { canary: one.canary.errors / 12, stable: one.stable.errors / 12 }, 1);
      const { stakes, per } = betterStake(stake, TOLERANCE.factor, one);
      return Math.exp(stakes + TOLERANCE.points * per);
    });
    expect(mean).toBeGreaterThan(1.1);
  });

  it('is above 1 when the canary is better than tolerated', () => {
    expect(meanEvidence([{ arms: [16, 16], stable: 0.1 }], -0.1)).toBeGreaterThan(1.05);
  });
});

describe('the stake that grows fastest', () => {
  it.each([
    [{ factor: 1, points: 0.005 }, { canary: 0.01, stable: 0.01 }, 1],
    [{ factor: 1.25, points: 0.005 }, { canary: 0.1, stable: 0.1 }, 1 / 19],
    [{ factor: 1, points: 0.002 }, { canary: 0.004, stable: 0.003 }, 99],
    [{ factor: 1.5, points: 0 }, { canary: 0.02, stable: 0.02 }, 1],
  ] as const)('grows slower when moved: %o, %o', (tolerance, rates, canaryPerStable) => {
    const stake = bestStake(tolerance, rates, canaryPerStable);
    const growth = (v: number) => {
      const mean = block(canaryPerStable, canaryPerStable * rates.canary, 1, rates.stable);
      const { stakes, per } = betterStake(v, tolerance.factor, mean);
      return stakes + tolerance.points * per;
    };
    expect(stake).toBeGreaterThan(0);
    expect(growth(stake)).toBeGreaterThan(growth(stake * 0.98));
    expect(growth(stake)).toBeGreaterThan(growth(stake * 1.02));
  });

  it('is nothing at the tolerance or beyond, and never all', () => {
    expect(bestStake(TOLERANCE, { canary: 0.16, stable: 0.1 }, 1)).toBeCloseTo(0, 12);
    expect(bestStake({ factor: 1, points: 0 }, { canary: 0.1, stable: 0.1 }, 1)).toBe(0);
    expect(bestStake(TOLERANCE, { canary: 0, stable: 0 }, 1)).toBe(0.99);
    expect(bestStake(TOLERANCE, { canary: 0, stable: 0 }, 1e18)).toBe(0.99);
  });
});

const HALF_POINT: RateTolerance = { factor: 1, points: 0.005 };

/** Blocks of a hundred pairs (2 s at 50 requests/s): the pairs until promotion at 5 %, or Infinity. */
function pairsToPromote(seed: number, rates: { canary: number; stable: number }, pairs: number, options = {}): number {
  const random = seededRandom(seed);
  const rate = process(HALF_POINT, options);
  let state = rate.start;
  for (let pair = 100; pair <= pairs; pair += 100) {
    state = rate.after(
      state,
      block(100, failures(random, 100, rates.canary), 100, failures(random, 100, rates.stable)),
    );
    if (state.best >= Math.log(20)) return pair;
  }
  return Number.POSITIVE_INFINITY;
}
const runs = (count: number, rates: { canary: number; stable: number }, pairs: number, options = {}) =>
  Array.from({ length: count }, (_, seed) => pairsToPromote(seed, rates, pairs, options));

describe('over many releases, with a tolerance of 0.5 pp at 5 %', () => {
  it.each([
    { rate: 1e-6, median: 1.6, p95: 1.6 },
    { rate: 0.001, median: 1.4, p95: 3.4 },
    { rate: 0.01, median: 1.4, p95: 4 },
  ])(
    'a canary that equals stable at $rate is promoted within $median (and $p95) times the bound',
    ({ rate, median, p95 }) => {
      const rates = { canary: rate, stable: rate };
      const bound = waldBound({ rates, canaryShare: 0.5, tolerance: HALF_POINT, alpha: 0.05, power: 0.95 });
      const seen = quantilesOf(runs(200, rates, 40_000));
      expect(seen.median / (bound?.canaryRequests ?? 0)).toBeLessThan(median);
      expect(seen.p95 / (bound?.canaryRequests ?? 0)).toBeLessThan(p95);
    },
  );

  it('a canary exactly at the tolerance is promoted in one of twenty at most', () => {
    const promoted = runs(200, { canary: 0.015, stable: 0.01 }, 20_000).filter(Number.isFinite);
    expect(promoted.length).toBeLessThanOrEqual(14);
  });

  it('what is known of stable before makes it sooner', () => {
    const rates = { canary: 0.02, stable: 0.02 };
    const known = quantilesOf(runs(150, rates, 40_000, { history: { requests: 10_000, errors: 200 } }));
    const misled = quantilesOf(runs(150, rates, 40_000, { history: { requests: 10_000, errors: 4000 } }));
    expect(known.median).toBeLessThan(misled.median);
  });
});

describe('an incident that hits both versions', () => {
  it('costs time, and is forgotten', () => {
    const rate = process(HALF_POINT);
    const random = seededRandom(5);
    const step = (state: ReturnType<typeof rate.after>, p: number) =>
      rate.after(state, block(100, failures(random, 100, p), 100, failures(random, 100, p)));
    let state = rate.start;
    for (let i = 0; i < 6; i += 1) state = step(state, 0.3);
    for (let i = 0; i < 600 && state.best < Math.log(20); i += 1) state = step(state, 0.001);
    expect(state.best).toBeGreaterThanOrEqual(Math.log(20));
  });
});

describe('blocks', () => {
  it('say nothing, and teach nothing, when a version had no requests', () => {
    const rate = process(TOLERANCE);
    for (const silent of [block(0, 0, 50, 3), block(50, 3, 0, 0)])
      expect(rate.after(rate.start, silent)).toBe(rate.start);
  });

  it('have their order in the evidence, since bets follow the rate; hardly', () => {
    const rate = process(TOLERANCE);
    const blocks = [block(100, 2, 100, 1), block(100, 0, 100, 3), block(100, 1, 300, 2)];
    const evidence = rate.logEvidence(blocks.reduce(rate.after, rate.start));
    const reversed = rate.logEvidence(blocks.toReversed().reduce(rate.after, rate.start));
    expect(reversed).not.toBe(evidence);
    expect(Math.abs(reversed - evidence)).toBeLessThan(1);
  });
});
