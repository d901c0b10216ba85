// Seeded releases by the hundred, each watched after every block until its evidence is there: the cells of the tables.
// Never through samples or gates: counts go straight into src/stats. Called by bench.ts.
import { seededRandom } from '../../src/lib/random.ts';
import type { LatencyBlock } from '../../src/stats/buckets.ts';
import { interval } from '../../src/stats/confidence.ts';
import type { EProcess, Latched } from '../../src/stats/e-process.ts';
import type { RateBlock, Rates } from '../../src/stats/rate.ts';
import { ISTIO_EDGES } from '../../test/support/istio-edges.ts';
import { failures, latencies, quantilesOf } from '../../test/support/seeded-traffic.ts';

/** Requests of both versions in a block, and how many blocks a run lasts. */
export interface Watch {
  readonly canary: number;
  readonly stable: number;
  readonly blocks: number;
  readonly runs: number;
}

export interface Cell {
  /** Requests of the canary's; Infinity where it was not reached. */
  readonly median: number;
  readonly p95: number;
  /** Part of the runs. */
  readonly reached: number;
}

/** How long until `best` is `asked`. */
export function watched<Block, State extends Latched>(
  process: EProcess<Block, State>,
  asked: number,
  { canary, blocks, runs }: Watch,
  blockOf: (random: () => number, index: number) => Block,
): Cell {
  const times = Array.from({ length: runs }, (_, seed) => {
    const random = seededRandom(1000 + seed);
    let state = process.start;
    for (let i = 0; i < blocks; i += 1) {
      state = process.after(state, blockOf(random, i));
      if (state.best >= asked) return (i + 1) * canary;
    }
    return Number.POSITIVE_INFINITY;
  });
  return { ...quantilesOf(times), reached: times.filter(Number.isFinite).length / runs };
}

/** Blocks of requests that fail with these rates, which may depend on the block. */
export const rateBlocks =
  ({ canary, stable }: Watch, rates: (index: number) => Rates) =>
  (random: () => number, index: number): RateBlock => {
    const now = rates(index);
    return {
      canary: { requests: canary, errors: failures(random, canary, now.canary) },
      stable: { requests: stable, errors: failures(random, stable, now.stable) },
    };
  };

export const lognormal =
  (median: number, spread: number) =>
  (normal: number): number =>
    median * Math.exp(spread * normal);

export const latencyBlocks =
  ({ canary, stable }: Watch, laws: { canary: (z: number) => number; stable: (z: number) => number }) =>
  (random: () => number): LatencyBlock => ({
    canary: latencies(random, canary, ISTIO_EDGES, laws.canary),
    stable: latencies(random, stable, ISTIO_EDGES, laws.stable),
  });

/** How often a 95 % interval ever missed the truth, and its median width at the end. */
export function intervals(watch: Watch, rates: Rates): { readonly missed: number; readonly width: number } {
  const sequence = interval({ factor: 1, dispersion: 1, alpha: 0.05 });
  const truth = rates.canary - rates.stable;
  const blockOf = rateBlocks(watch, () => rates);
  const ends = Array.from({ length: watch.runs }, (_, seed) => {
    const random = seededRandom(5000 + seed);
    let [state, missed] = [sequence.start, false];
    for (let i = 0; i < watch.blocks; i += 1) {
      state = sequence.after(state, blockOf(random, i));
      missed ||= state.lower > truth || state.upper < truth;
    }
    return { missed, width: state.upper - state.lower };
  });
  const missed = ends.filter((end) => end.missed).length / watch.runs;
  return { missed, width: quantilesOf(ends.map(({ width }) => width)).median };
}
