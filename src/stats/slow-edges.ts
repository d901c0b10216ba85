// Evidence that the canary is no slower than tolerated: at edges around the gated quantiles few enough requests are slower.
// Never interpolates: what is slower than an edge is counted, not guessed. Called by analysis, where a promotion is decided.
import { checkEdges, type Edges, type LatencyBlock, misplaced, type UnplacedRequests } from './buckets.ts';
import type { EProcess, Latched } from './e-process.ts';
import type { MixtureProcess } from './mixture.ts';
import { blocksNeeded } from './projection.ts';
import type { Outcomes, RateBlock, RateTolerance, UnplacedErrors } from './rate.ts';
import { type NoWorseState, noWorseRate } from './rate-no-worse.ts';

export interface SlowEdgesOptions {
  readonly edges: Edges;
  /** Of the buckets (by index) whose upper edges are asked about: see `bucketsAround`. */
  readonly asked: readonly number[];
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
  readonly each: readonly { readonly edge: number; readonly process: MixtureProcess<RateBlock, NoWorseState> }[];
}

/**
 * Null hypothesis: at one of the edges at least, in every block, canary's share of slower requests ≥ factor × stable's
 * + points.
 *
 * One `noWorseRate` for each edge, with a request that is slower than the edge as an error; the evidence is the least
 * of them (intersection–union, Berger 1982: if one edge is beyond, that process is an e-process, and the least is no
 * more). `best` is the least of the edges' best, which may have been reached at different times, for the same reason.
 */
export function slowEdges(options: SlowEdgesOptions): SlowEdges {
  const { edges, asked, tolerance, dispersion, history } = options;
  checkEdges(edges);
  if (asked.length === 0 || !asked.every((edge) => edge >= 0 && edge < edges.length - 1))
    throw new RangeError(`nothing can be slower than the edges ${asked.join(', ')} of ${edges.length} buckets`);
  const processes = asked.map((edge) => noWorseRate({ tolerance, dispersion, history: slowerThan(edge, history) }));
  return {
    each: asked.map((edge, i) => ({ edge, process: processes[i] as (typeof processes)[number] })),
    start: { edges: processes.map(({ start }) => start), best: 0 },
    after(state, block) {
      const after = processes.map((one, i) =>
        one.after(state.edges[i] as NoWorseState, blockAt(asked[i] as number, block)),
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
  const needed = each.map(({ edge, process: one }, i) =>
    blocksNeeded(one, edges[i] as NoWorseState, blockAt(edge, block), asked),
  );
  return needed.reduce((most, one) => (most === undefined || one === undefined ? undefined : Math.max(most, one)), 0);
}

/** A block as one edge sees it; requests are those of the same histogram. */
export const blockAt = (edge: number, { canary, stable, ends, isApart }: LatencyBlock): RateBlock => ({
  canary: slowerThan(edge, canary),
  stable: slowerThan(edge, stable),
  ...(ends && { ends: { from: unplacedAt(edge, ends.from), to: unplacedAt(edge, ends.to) } }),
  ...(isApart && { isApart }),
});

function unplacedAt(edge: number, { canary, stable }: UnplacedRequests): UnplacedErrors {
  const slow = canary.before.map((_, bucket) => (bucket > edge ? 1 : 0));
  return { canary: misplaced(canary, slow), stable: misplaced(stable, slow) };
}

function slowerThan(edge: number, counts: readonly number[]): Outcomes {
  const errors = counts.slice(edge + 1).reduce((sum, count) => sum + count, 0);
  return { requests: counts.slice(0, edge + 1).reduce((sum, count) => sum + count, errors), errors };
}

/** For each quantile of stable's requests the edges of its bucket, as far as they are finite; sorted, each once. */
export function bucketsAround(stable: readonly number[], quantiles: readonly number[]): readonly number[] {
  const total = stable.reduce((sum, count) => sum + count, 0);
  const last = stable.length - 2;
  const around = quantiles.flatMap((quantile) => {
    let upTo = 0;
    const bucket = stable.findIndex((count) => {
      upTo += count;
      return upTo >= quantile * total;
    });
    return [bucket - 1, bucket].filter((edge) => edge >= 0 && edge <= last);
  });
  return [...new Set(around)].toSorted((a, b) => a - b);
}
