import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BucketsAround, LatencyBlock } from './buckets.ts';
import type { EProcess, Latched } from './e-process.ts';
import { slower } from './latency.ts';
import { aboveLimit } from './limit.ts';
import { AT_ONCE, type Mixture } from './mixture.ts';
import { type BeforeAndAfter, NOTHING_UNPLACED, type RateBlock, repriced } from './rate.ts';
import { noWorseRate } from './rate-no-worse.ts';
import { ERROR_ALTERNATIVES, worseRate } from './rate-worse.ts';

const BLOCK_MS = 5000;
const BLOCKS = 8;

/** Times of one version's errors, and of its scrapes: every `everyMs` from `phase` on. */
interface Arm {
  readonly errors: readonly number[];
  readonly everyMs: number;
  readonly phase: number;
}

const arm: fc.Arbitrary<Arm> = fc
  .record({
    errors: fc.array(fc.integer({ min: 1, max: BLOCK_MS * BLOCKS }), { maxLength: 60 }),
    everyMs: fc.integer({ min: 500, max: BLOCK_MS }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ errors, everyMs, part }) => ({ errors, everyMs, phase: part * everyMs }));

const until = ({ errors }: Arm, time: number): number => errors.filter((at) => at <= time).length;
const scrapeBefore = ({ everyMs, phase }: Arm, time: number) =>
  Math.max(0, phase + Math.floor((time - phase) / everyMs) * everyMs);
const scrapeAfter = (one: Arm, time: number) => {
  const before = scrapeBefore(one, time);
  return before === time ? time : Math.max(before, one.phase - one.everyMs) + one.everyMs;
};

/** As counters tell it: what was counted from one scrape to the next came evenly. */
function around(one: Arm, time: number): BeforeAndAfter {
  const [last, next] = [scrapeBefore(one, time), scrapeAfter(one, time)];
  const all = until(one, next) - until(one, last);
  const before = next === last ? 0 : (all * (time - last)) / (next - last);
  return { before, after: all - before };
}

const supposed = (one: Arm, time: number) => until(one, scrapeBefore(one, time)) + around(one, time).before;

type Requests = readonly [canary: number, stable: number];

/** Block by block; the last goes on. */
const requestsIn = (all: readonly Requests[], index: number): Requests => (all[index] ?? all.at(-1)) as Requests;

function blocksOf(canary: Arm, stable: Arm, ...all: readonly Requests[]): readonly RateBlock[] {
  return Array.from({ length: BLOCKS }, (_, index): RateBlock => {
    const requests = requestsIn(all, index);
    const [from, to] = [index * BLOCK_MS, (index + 1) * BLOCK_MS];
    const counted = (one: Arm) => supposed(one, to) - supposed(one, from);
    const at = (time: number) => ({ canary: around(canary, time), stable: around(stable, time) });
    return {
      canary: { requests: requests[0], errors: counted(canary) },
      stable: { requests: requests[1], errors: counted(stable) },
      ends: { from: at(from), to: at(to) },
    };
  });
}

/** The same blocks, as if each error had been seen when it was made. */
const exactBlocks = (canary: Arm, stable: Arm, ...all: readonly Requests[]): readonly RateBlock[] =>
  Array.from({ length: BLOCKS }, (_, index): RateBlock => {
    const requests = requestsIn(all, index);
    const counted = (one: Arm) => until(one, (index + 1) * BLOCK_MS) - until(one, index * BLOCK_MS);
    return {
      canary: { requests: requests[0], errors: counted(canary) },
      stable: { requests: requests[1], errors: counted(stable) },
    };
  });

function evidences<State extends Latched>(test: EProcess<RateBlock, State>, blocks: readonly RateBlock[]) {
  let state = test.start;
  return blocks.map((block) => {
    state = test.after(state, block);
    return { now: test.logEvidence(state), best: state.best };
  });
}

const worse = ({ onset = AT_ONCE, factor = 1, dispersion = 1 } = {}) =>
  worseRate({ tolerance: { factor, points: 0.002 }, dispersion, onset, alternatives: ERROR_ALTERNATIVES });

/** Requests of both versions in each block, however they move. */
const some = fc.integer({ min: 20, max: 2000 });
const moving = fc.array(fc.tuple(some, some), { minLength: BLOCKS, maxLength: BLOCKS });

const above = (onset = AT_ONCE): EProcess<RateBlock, Mixture> => {
  const { start, after, logEvidence } = aboveLimit({ limit: 0.02, dispersion: 1, onset });
  return {
    start,
    after: (state, { canary, ends }) =>
      after(state, { ...canary, ...(ends && { ends: { from: ends.from.canary, to: ends.to.canary } }) }),
    logEvidence,
  };
};

/** Sums of logarithms that add up to the same in another order. */
const CRUMB = 1e-3;

describe('evidence from histograms that are seen now and then', () => {
  const EDGES = [50, 100, 200, 400, Number.POSITIVE_INFINITY];
  const FAST = [0.6, 0.3, 0.08, 0.015, 0.005];
  const SLOW = [0.1, 0.2, 0.3, 0.3, 0.1];
  const PER_SECOND = 500;
  const SCRAPES_MS = 15_000;

  /** Requests of either version by then: twenty seconds from 150 s on are slow. */
  const countedBy = (time: number) => {
    const slow = Math.min(20_000, Math.max(0, time - 150_000));
    return FAST.map((part, b) => (PER_SECOND * (part * (time - slow) + (SLOW[b] as number) * slow)) / 1000);
  };
  const less = (one: readonly number[], other: readonly number[]) =>
    one.map((count, b) => count - (other[b] as number));

  function bucketsAround(phase: number, time: number): BucketsAround {
    const last = phase + Math.floor((time - phase) / SCRAPES_MS) * SCRAPES_MS;
    const next = last === time ? time : last + SCRAPES_MS;
    const all = less(countedBy(next), countedBy(last));
    const before = all.map((count) => (next === last ? 0 : (count * (time - last)) / (next - last)));
    return { before, after: less(all, before), prior: less(countedBy(last), countedBy(last - SCRAPES_MS)) };
  }

  const shownBy = (phase: number, time: number) =>
    less(
      countedBy(time + SCRAPES_MS - ((((time - phase) % SCRAPES_MS) + SCRAPES_MS) % SCRAPES_MS || SCRAPES_MS)),
      bucketsAround(phase, time).after,
    );

  function blocks(canary: number, stable: number): readonly LatencyBlock[] {
    return Array.from({ length: 20 }, (_, index): LatencyBlock => {
      const [from, to] = [index * SCRAPES_MS, (index + 1) * SCRAPES_MS];
      const counted = (phase: number) =>
        less(shownBy(phase, to), shownBy(phase, from)).map((count) => Math.max(0, count));
      const at = (time: number) => ({ canary: bucketsAround(canary, time), stable: bucketsAround(stable, time) });
      return { canary: counted(canary), stable: counted(stable), ends: { from: at(from), to: at(to) } };
    });
  }

  const most = (told: readonly LatencyBlock[]) => {
    const test = slower({
      edges: EDGES,
      tolerance: { factor: 1, extra: 0 },
      slack: 0.001,
      buckets: 'interpolated',
      dispersion: 1,
      onset: { atOnce: 0.7, overBlocks: 100 },
      history: FAST.map((part) => part * 10_000),
    });
    let state = test.start;
    for (const block of told) state = test.after(state, block);
    return state.best;
  };

  it('is none when both are slow for a while, wherever scrapes fall', () => {
    for (const [canary, stable] of [
      [6000, 0],
      [12_000, 0],
      [0, 6000],
      [3000, 11_000],
      [0, 0],
    ] as const)
      expect(most(blocks(canary, stable))).toBeLessThan(1);
    // Shared evenly between scrapes, half of what the canary has yet to see would be held against it.
    expect(most(blocks(6000, 0).map(({ ends: _, ...block }) => block))).toBeGreaterThan(50);
  });
});

describe('errors between two blocks whose bets differ', () => {
  it('are worth what they are in the worst case: all of them before the end, or all after it, of each version by itself', () => {
    const count = fc.double({ min: 0, max: 1000, noNaN: true });
    const around = fc.record({ before: count, after: count });
    const price = fc.double({ min: -5, max: 5, noNaN: true });
    const prices = fc.record({ canary: price, stable: price });
    fc.assert(
      fc.property(fc.record({ canary: around, stable: around }), prices, prices, (at, earlier, later) => {
        const versions = ['canary', 'stable'] as const;
        const told = versions.map((one) => at[one].before * earlier[one] + at[one].after * later[one]);
        const worst = versions.map((one) => (at[one].before + at[one].after) * Math.min(earlier[one], later[one]));
        const sum = ([canary = 0, stable = 0]: readonly number[]) => canary + stable;
        expect(sum(told) + repriced(at, earlier, later)).toBeCloseTo(sum(worst), 6);
      }),
    );
  });
});

describe('evidence from counters that are seen now and then', () => {
  it('is never more than that from each error as it was made, wherever scrapes fall', () => {
    fc.assert(
      fc.property(arm, arm, fc.constantFrom([500, 500], [50, 950]), (canary, stable, [nC, nS]) => {
        const seen = evidences(worse(), blocksOf(canary, stable, [nC as number, nS as number]));
        const exact = evidences(worse(), exactBlocks(canary, stable, [nC as number, nS as number]));
        for (const [index, { now }] of seen.entries())
          expect(now).toBeLessThanOrEqual((exact[index]?.now as number) + CRUMB);
      }),
    );
  });

  it('that a limit is passed is never more than that either, at any onset', () => {
    const onsets = fc.constantFrom(AT_ONCE, { atOnce: 0.1, overBlocks: BLOCKS });
    fc.assert(
      fc.property(arm, arm, onsets, (canary, stable, onset) => {
        const seen = evidences(above(onset), blocksOf(canary, stable, [500, 500]));
        const exact = evidences(above(onset), exactBlocks(canary, stable, [500, 500]));
        for (const [index, { now }] of seen.entries())
          expect(now).toBeLessThanOrEqual((exact[index]?.now as number) + CRUMB);
      }),
    );
  });

  it('is never more than that either where traffic moves, and with it the bets of each block', () => {
    fc.assert(
      fc.property(arm, arm, moving, fc.constantFrom(1, 1.5, 3), (canary, stable, all, factor) => {
        const seen = evidences(worse({ factor }), blocksOf(canary, stable, ...all));
        const exact = evidences(worse({ factor }), exactBlocks(canary, stable, ...all));
        for (const [index, { now }] of seen.entries())
          expect(now).toBeLessThanOrEqual((exact[index]?.now as number) + CRUMB);
      }),
    );
  });

  it('is divided by the dispersion, what is unsure of it as well', () => {
    fc.assert(
      fc.property(arm, arm, moving, fc.double({ min: 1, max: 10, noNaN: true }), (canary, stable, all, dispersion) => {
        const [one, more] = [1, dispersion].map((each) => {
          const { start, after } = worse({ dispersion: each });
          const { logs, unsure = [] } = blocksOf(canary, stable, ...all).reduce(after, start);
          const won = logs.map((log, k) => log - (start.logs[k] as number));
          return [...won, ...unsure].map((log) => log * each);
        }) as [number[], number[]];
        for (const [k, log] of more.entries()) expect(log).toBeCloseTo(one[k] as number, 4);
      }),
    );
  });

  it('is none, however late it begins to bet, when both versions fail all in one burst', () => {
    const onset = { atOnce: 0.1, overBlocks: BLOCKS };
    fc.assert(
      fc.property(arm, arm, fc.integer({ min: 1, max: 30_000 }), (canary, stable, from) => {
        // At the same times exactly, 300 errors of each in three seconds: the versions are equal.
        const burst = Array.from({ length: 300 }, (_, index) => from + index * 10);
        const blocks = blocksOf({ ...canary, errors: burst }, { ...stable, errors: burst }, [500, 500]);
        for (const { best } of evidences(worse({ onset }), blocks)) expect(best).toBeLessThan(1);
      }),
    );
  });

  it('that the canary is no worse is divided by the dispersion, what is unsure of it as well', () => {
    const around = { canary: { before: 0.3, after: 0.2 }, stable: { before: 0.2, after: 0.3 } };
    const block = (canary: number, stable: number): RateBlock => ({
      canary: { requests: canary, errors: 0.5 },
      stable: { requests: stable, errors: 0.5 },
      ends: { from: around, to: around },
    });
    const [one, two] = [1, 2].map((dispersion) => {
      const options = { tolerance: { factor: 1, points: 0.002 }, dispersion, history: { requests: 0, errors: 0 } };
      const { start, after } = noWorseRate(options);
      const { logs, unsure = [] } = [block(20, 10), block(10, 20)].reduce(after, start);
      return [...logs.map((log, k) => log - (start.logs[k] as number)), ...unsure].map((log) => log * dispersion);
    }) as [number[], number[]];
    // What is shared anew is not, and is next to nothing of so few requests.
    for (const [k, log] of two.entries()) expect(log).toBeCloseTo(one[k] as number, 1);
  });

  it('is none of what may have been before the first block', () => {
    const none = { before: 0, after: 0 };
    const quiet = { requests: 500, errors: 0 };
    const told = { requests: 500, errors: 20 };
    const at = { before: 0, after: 20 };
    const noWorse = noWorseRate({
      tolerance: { factor: 1, points: 0.0001 },
      dispersion: 1,
      history: { requests: 0, errors: 0 },
    });
    const block = { canary: quiet, stable: quiet };
    const [against] = evidences(worse(), [
      { ...block, canary: told, ends: { ...NOTHING_UNPLACED, from: { canary: at, stable: none } } },
    ]);
    const [inFavour] = evidences(noWorse, [
      { ...block, stable: told, ends: { ...NOTHING_UNPLACED, from: { canary: none, stable: at } } },
    ]);
    expect(against?.now).toBeLessThanOrEqual((evidences(worse(), [block])[0]?.now as number) + CRUMB);
    expect(inFavour?.now).toBeLessThanOrEqual((evidences(noWorse, [block])[0]?.now as number) + CRUMB);
  });

  it('that the canary is no worse is next to none when both fail in one burst, wherever scrapes fall', () => {
    const tolerance = { factor: 1, points: 0.0001 };
    const test = noWorseRate({ tolerance, dispersion: 1, history: { requests: 0, errors: 0 } });
    const most = (told: readonly RateBlock[]) => Math.max(...evidences(test, told).map(({ best }) => best));
    fc.assert(
      fc.property(arm, arm, fc.integer({ min: 1, max: 30_000 }), (canary, stable, from) => {
        const errors = Array.from({ length: 200 }, (_, index) => from + index * 10);
        expect(most(blocksOf({ ...canary, errors }, { ...stable, errors }, [500, 500]))).toBeLessThan(1);
      }),
    );
    // Just after the canary was scraped; half of stable's are taken to have been before. Shared evenly, that would do.
    const errors = Array.from({ length: 40 }, (_, index) => 5100 + index * 45);
    const blocks = blocksOf({ errors, everyMs: 5000, phase: 0 }, { errors, everyMs: 5000, phase: 2500 }, [500, 500]);
    expect(most(blocks.map(({ ends: _, ...block }) => block))).toBeGreaterThan(5);
  });

  it('that the canary is no worse is next to none either where traffic moves, and the same share of both fails at a time', () => {
    const tolerance = { factor: 1, points: 0.00001 };
    const test = noWorseRate({ tolerance, dispersion: 1, history: { requests: 0, errors: 0 } });
    const hundreds = fc.integer({ min: 1, max: 20 });
    const parts = fc.array(fc.tuple(hundreds, hundreds), { minLength: BLOCKS, maxLength: BLOCKS });
    fc.assert(
      fc.property(arm, arm, parts, fc.integer({ min: 1, max: 30_000 }), (canary, stable, all, from) => {
        const times = Array.from({ length: 50 }, (_, index) => from + index * 40);
        const failing = (one: Arm, version: 0 | 1): Arm => ({
          ...one,
          errors: times.flatMap((at) => {
            const failed = requestsIn(all, Math.ceil(at / BLOCK_MS) - 1);
            return Array<number>(failed[version]).fill(at);
          }),
        });
        const requests = all.map(([ofCanary, ofStable]): Requests => [100 * ofCanary, 100 * ofStable]);
        const blocks = blocksOf(failing(canary, 0), failing(stable, 1), ...requests);
        for (const { best } of evidences(test, blocks)) expect(best).toBeLessThan(1);
      }),
    );
  });

  it('has lost for good what was unsure where nothing follows', () => {
    const [first, second] = blocksOf(
      { errors: Array<number>(20).fill(4900), everyMs: 5000, phase: 2500 },
      { errors: [], everyMs: 5000, phase: 0 },
      [500, 500],
    ) as [RateBlock, RateBlock];
    const test = worse();
    const once = test.after(test.start, first);
    const next = { ...second, canary: { requests: 500, errors: 0 } };
    const apart = test.after(once, { ...next, isApart: true });
    expect(test.logEvidence(apart)).toBeLessThan(test.logEvidence(test.after(once, next)) - 1);
  });
});
