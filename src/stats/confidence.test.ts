import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failures } from '../../test/support/seeded-traffic.ts';
import { seededRandom } from '../lib/random.ts';
import { type IntervalState, interval } from './confidence.ts';
import type { RateBlock } from './rate.ts';

const sequence = interval({ factor: 1, dispersion: 1, alpha: 0.05 });
const block = (nC: number, eC: number, nS: number, eS: number): RateBlock => ({
  canary: { requests: nC, errors: eC },
  stable: { requests: nS, errors: eS },
});
const folded = (blocks: readonly RateBlock[], from: IntervalState = sequence.start) =>
  blocks.reduce(sequence.after, from);

/** Blocks of seeded requests, each version with its rate. */
const traffic = (seed: number, blocks: number, [nC, pC]: [number, number], [nS, pS]: [number, number]) => {
  const random = seededRandom(seed);
  return Array.from({ length: blocks }, () => block(nC, failures(random, nC, pC), nS, failures(random, nS, pS)));
};

describe('the interval of a difference', () => {
  it('is everything before there are requests', () => {
    expect(folded([block(0, 0, 10, 0)])).toBe(sequence.start);
    expect(sequence.start).toMatchObject({ lower: -1, upper: 1 });
  });

  it('holds the truth at every look, in nineteen of twenty runs at least', () => {
    for (const [canary, stable] of [
      [0.01, 0.01],
      [0.05, 0.02],
      [0.002, 0.02],
    ] as const) {
      const missed = Array.from({ length: 80 }, (_, seed) => {
        const looks = traffic(seed, 40, [100, canary], [300, stable]);
        let state = sequence.start;
        return looks.some((one) => {
          state = sequence.after(state, one);
          return state.lower > canary - stable || state.upper < canary - stable;
        });
      });
      expect(missed.filter(Boolean).length).toBeLessThanOrEqual(6);
    }
  });

  it('is as narrow as facts/statistics.md A1 has it: ± 0.2 pp after 50,000 pairs at 1 %', () => {
    const widths = Array.from({ length: 5 }, (_, seed) => {
      const { lower, upper } = folded(traffic(seed, 50, [1000, 0.01], [1000, 0.01]));
      return upper - lower;
    });
    for (const width of widths) expect(width).toBeLessThan(0.0052);
    for (const width of widths) expect(width).toBeGreaterThan(0.0024);
  });

  it('never widens while the difference stays', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), (seed, nC, nS) => {
        let state = sequence.start;
        for (const one of traffic(seed, 25, [nC, 0.1], [nS, 0.08])) {
          const next = sequence.after(state, one);
          expect(next.lower).toBeGreaterThanOrEqual(state.lower);
          expect(next.upper).toBeLessThanOrEqual(state.upper);
          expect(next.lower).toBeLessThanOrEqual(next.upper);
          state = next;
        }
      }),
      { numRuns: 20 },
    );
  });

  it('starts anew when the difference moved so far that nothing is left of it', () => {
    const before = folded(traffic(1, 40, [1000, 0.3], [1000, 0.02]));
    expect(before.lower).toBeGreaterThan(0.2);
    const moved = folded(traffic(2, 400, [1000, 0.02], [1000, 0.02]), before);
    expect(moved.lower).toBeLessThan(0.1);
    expect(moved.lower).toBeLessThanOrEqual(moved.upper);
  });

  it('is of a multiple of stable’s rate when the tolerance is a factor', () => {
    const twice = interval({ factor: 2, dispersion: 1, alpha: 0.05 });
    const { lower, upper } = traffic(3, 60, [1000, 0.04], [1000, 0.02]).reduce(twice.after, twice.start);
    expect(lower).toBeLessThan(0);
    expect(upper).toBeGreaterThan(0);
    expect(upper - lower).toBeLessThan(0.02);
  });

  it('is wider with a dispersion', () => {
    const wide = interval({ factor: 1, dispersion: 4, alpha: 0.05 });
    const blocks = traffic(4, 30, [500, 0.05], [500, 0.05]);
    const { lower, upper } = blocks.reduce(wide.after, wide.start);
    const narrow = folded(blocks);
    expect(upper - lower).toBeGreaterThan(1.6 * (narrow.upper - narrow.lower));
  });

  it('stays an interval with a billion requests in a block, with no errors and with nothing but errors', () => {
    for (const one of [
      block(1e9, 0, 1e9, 0),
      block(1e9, 1e9, 1, 0),
      block(1, 0, 1e9, 1e9),
      block(1e9, 1e9, 1e9, 1e9),
    ]) {
      const { lower, upper } = folded([one, one]);
      expect(Number.isFinite(lower) && Number.isFinite(upper)).toBe(true);
      expect(lower).toBeLessThanOrEqual(upper);
      const truth = one.canary.errors / one.canary.requests - one.stable.errors / one.stable.requests;
      expect(lower).toBeLessThanOrEqual(truth + 1e-9);
      expect(upper).toBeGreaterThanOrEqual(truth - 1e-9);
    }
  });
});
