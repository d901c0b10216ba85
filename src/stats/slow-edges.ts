// Evidence that the canary is no slower than tolerated: at edges around the gated quantiles few enough requests are slower.
// Never interpolates: what is slower than an edge is counted, not guessed. Called by analysis, where a promotion is decided.
import {
  checkEdges,
  checkLatencyTolerance,
  type Edges,
  type LatencyBlock,
  type LatencyTolerance,
  misplaced,
  slowerThan,
  slowest,
  total,
  type UnplacedRequests,
} from './buckets.ts';
import type { EProcess, Latched } from './e-process.ts';
import type { MixtureProcess } from './mixture.ts';
import { blocksNeeded } from './projection.ts';
import type { RateBlock, RateTolerance, UnplacedErrors } from './rate.ts';
import { type NoWorseState, noWorseRate } from './rate-no-worse.ts';

export interface SlowEdgesOptions {
  readonly edges: Edges;
  /** Of the buckets (by index) whose upper edges are asked about: see `bucketsAround`. */
  readonly asked: readonly number[];
  /** How much longer the canary's may take: its shares are those above the last edge that is no later than that. */
  readonly mayTake: LatencyTolerance;
  /** Of the share of requests that are slower than an edge. */
  readonly tolerance: RateTolerance;
  readonly dispersion: number;
  /** Stable's requests in each bucket before the first block; zeros when nothing is known. */
  readonly history: readonly number[];
}

export interface SlowEdgesState extends Latched {
  readonly edges: readonly NoWorseState[];
}

/** The process of each edge can be asked, for projections. */
export interface SlowEdges extends EProcess<LatencyBlock, SlowEdgesState> {
  readonly each: readonly (EdgePair & { readonly process: MixtureProcess<RateBlock, NoWorseState> })[];
}

/** Indexes: stable's requests slower than the one are compared with the canary's slower than the other. */
export interface EdgePair {
  readonly edge: number;
  readonly canaryEdge: number;
}

/**
 * Null hypothesis: at one of the edges x at least, in every block, canary's share of requests slower than y ≥ factor × stable's
 * share slower than x + points, with y the last edge that a request of the time x may take. What the canary has slower than it may take is
 * no more than what it has slower than y: so a canary that is slower than tolerated there is in the hypothesis.
 *
 * One `noWorseRate` for each edge, with a request that is slower than the edge as an error; the evidence is the least
 * of them (intersection–union, Berger 1982: if one edge is beyond, that process is an e-process, and the least is no
 * more). `best` is the least of the edges' best, which may have been reached at different times, for the same reason.
 */
export function slowEdges(options: SlowEdgesOptions): SlowEdges {
  const { edges, asked, mayTake, tolerance, dispersion, history } = options;
  checkEdges(edges);
  checkLatencyTolerance(mayTake);
  if (asked.length === 0 || !asked.every((edge) => edge >= 0 && edge < edges.length - 1))
    throw new RangeError(`nothing can be slower than the edges ${asked.join(', ')} of ${edges.length} buckets`);
  const processes = asked.map((edge) => noWorseRate({ tolerance, dispersion, history: slowerThan(edge, history) }));
  const pairs = asked.map(
    (edge): EdgePair => ({ edge, canaryEdge: lastWithin(edges, slowest(mayTake, edges[edge] as number)) }),
  );
  return {
    each: pairs.map((pair, i) => ({ ...pair, process: processes[i] as (typeof processes)[number] })),
    start: { edges: processes.map(({ start }) => start), best: 0 },
    after(state, block) {
      const after = processes.map((one, i) =>
        one.after(state.edges[i] as NoWorseState, blockAt(pairs[i] as EdgePair, block)),
      );
      return { edges: after, best: Math.min(...after.map(({ best }) => best)) };
    },
    logEvidence: (state) => Math.min(...processes.map((one, i) => one.logEvidence(state.edges[i] as NoWorseState))),
  };
}

/** As `blocksNeeded`, until the last of the edges has shown it; undefined when one of them does not grow so. */
export function slowEdgesNeeded(
  { each }: SlowEdges,
  { edges }: SlowEdgesState,
  block: LatencyBlock,
  asked: number,
): number | undefined {
  const needed = each.map(({ process: one, ...pair }, i) =>
    blocksNeeded(one, edges[i] as NoWorseState, blockAt(pair, block), asked),
  );
  return needed.reduce((most, one) => (most === undefined || one === undefined ? undefined : Math.max(most, one)), 0);
}

/** A block as one edge sees it; requests are those of the same histogram. */
const blockAt = ({ edge, canaryEdge }: EdgePair, { canary, stable, ends, isApart }: LatencyBlock): RateBlock => ({
  canary: slowerThan(canaryEdge, canary),
  stable: slowerThan(edge, stable),
  ...(ends && { ends: { from: unplacedAt(edge, canaryEdge, ends.from), to: unplacedAt(edge, canaryEdge, ends.to) } }),
  ...(isApart && { isApart }),
});

function unplacedAt(edge: number, canaryEdge: number, { canary, stable }: UnplacedRequests): UnplacedErrors {
  const slowerBy = (than: number) => canary.before.map((_, bucket) => (bucket > than ? 1 : 0));
  return { canary: misplaced(canary, slowerBy(canaryEdge)), stable: misplaced(stable, slowerBy(edge)) };
}

/** The last bucket may take any time. */
const lastWithin = (edges: Edges, time: number): number =>
  edges.findLastIndex((edge) => edge <= time && Number.isFinite(edge));

/** For each quantile of stable's requests the edges of its bucket, as far as they are finite; sorted, each once. */
export function bucketsAround(stable: readonly number[], quantiles: readonly number[]): readonly number[] {
  const all = total(stable);
  const last = stable.length - 2;
  const around = quantiles.flatMap((quantile) => {
    let upTo = 0;
    const bucket = stable.findIndex((count) => {
      upTo += count;
      return upTo >= quantile * all;
    });
    return [bucket - 1, bucket].filter((edge) => edge >= 0 && edge <= last);
  });
  return [...new Set(around)].toSorted((a, b) => a - b);
}
