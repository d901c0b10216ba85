// Evidence that the canary is slower than tolerated, from all buckets of a histogram: a reason to roll back.
// Never a quantile: a shift shows in every bucket. Called by analysis with successful requests, as far as labels tell them apart.
import {
  checkEdges,
  checkLatencyTolerance,
  type Edges,
  exactMap,
  interpolatedMap,
  type LatencyBlock,
  type LatencyTolerance,
  type MassMap,
  misplaced,
  moved,
  slowest,
  total,
  type UnplacedRequests,
  weighted,
} from './buckets.ts';
import { type Scores, scoresOf } from './latency-scores.ts';
import {
  bet,
  logWealth,
  type Mixture,
  type MixtureProcess,
  type Onset,
  prior,
  startMixture,
  thousandths,
  type Unsure,
} from './mixture.ts';
import { checkCount, checkDispersion, isSilent } from './rate.ts';

export interface LatencyOptions {
  readonly edges: Edges;
  readonly tolerance: LatencyTolerance;
  /** So large a share of the requests may be slower than that, at any time: 0.002 leaves the slowest 0.2 % alone. */
  readonly slack: number;
  /**
   * Where the tolerance takes the requests of a bucket. `exact`: to the slowest bucket possible, which holds for every
   * law of latency, and on coarse buckets finds uniform shifts late or never. `interpolated`: as if they lay evenly in
   * it; false where they lie just below an edge (see resolution.ts).
   */
  readonly buckets: 'exact' | 'interpolated';
  /** See `checkDispersion`. */
  readonly dispersion: number;
  readonly onset: Onset;
  /** Stable's requests in each bucket before the first block; zeros when nothing is known. */
  readonly history: readonly number[];
}

export interface LatencyState extends Mixture {
  /** Stable's requests in each bucket so far, to the thousandth: what the next block is scored by. */
  readonly reference: readonly number[];
}

/** What is bet on: so large a share of requests takes so many times as long. Equal weights. */
const ALTERNATIVES: readonly (readonly [share: number, times: number])[] = [
  ...([1.08, 1.15, 1.3, 1.6, 2.2, 4].map((times) => [1, times]) as [number, number][]),
  [0.01, 4],
  [0.03, 4],
  [0.1, 4],
  [0.01, 30],
  [0.05, 30],
];

/** A bucket's part in the reference before anything was counted. */
const UNCOUNTED = 0.3;

/**
 * Null hypothesis: in every block, at every time x, the share of the canary's requests slower than g(x) is at most
 * that of stable's slower than x, plus `slack`; g(x) = max(factor·x, x + extra). With `interpolated`, that holds for
 * stable's requests lying evenly inside buckets.
 *
 * Each block multiplies by the scores of its requests (`scoresOf`, with the proof), which rest on stable's earlier
 * blocks alone: a wrong reference costs power, never validity. Mixture over eleven alternatives.
 * Source: an e-variable for two samples (Turner, Ly and Grünwald 2024) on buckets, one-sided by isotonic scores.
 */
export function slower(options: LatencyOptions): MixtureProcess<LatencyBlock, LatencyState> {
  const { edges, dispersion } = options;
  checkOptions(options);
  // Only blocks need them, and most looks see none.
  let made: Maps | undefined;
  const maps = () => {
    made ??= mapsOf(options);
    return made;
  };
  const shares = prior(
    ALTERNATIVES.map(() => 1 / ALTERNATIVES.length),
    options.onset,
  );
  const scoresIn = ({ reference }: LatencyState, block: LatencyBlock): readonly Scores[] | undefined => {
    checkBuckets(edges, block.canary);
    checkBuckets(edges, block.stable);
    const [canary, stable] = [total(block.canary), total(block.stable)];
    if (isSilent({ requests: canary }) || isSilent({ requests: stable })) return undefined;
    const ratio = canary / (canary + stable);
    const { tolerance } = maps();
    return lawsOf(reference, maps()).map((laws) => scoresOf(laws, ratio, tolerance, options.slack));
  };
  const won = (scores: readonly Scores[], { canary, stable }: LatencyBlock) =>
    scores.map((score) => (weighted(canary, score.canary) + weighted(stable, score.stable)) / dispersion);
  const factors = (state: LatencyState, block: LatencyBlock): readonly number[] | undefined => {
    const scores = scoresIn(state, block);
    return scores && won(scores, block);
  };
  return {
    start: { ...startMixture(shares), reference: options.history.map((count) => thousandths(count + UNCOUNTED)) },
    after(state, block) {
      const scores = scoresIn(state, block);
      const reference = state.reference.map((count, b) => thousandths(count + (block.stable[b] as number)));
      if (scores === undefined) return { ...state, reference };
      const unsure = unsureSlower(scores, dispersion, block);
      return { ...bet(shares, state, won(scores, block), unsure), reference };
    },
    logEvidence: (state) => logWealth(shares, state),
    factors,
  };
}

/**
 * As `unsureWorse` (rate-worse.ts): an incident of both versions that began or ended between two scrapes is no evidence. Requests,
 * unlike errors, cannot all be left out or told in addition: what may be misplaced is by how much their scores changed.
 */
function unsureSlower(scores: readonly Scores[], dispersion: number, block: LatencyBlock): Unsure | undefined {
  const { ends, isApart = false } = block;
  if (ends === undefined && !isApart) return undefined;
  const lost = (side: 'before' | 'after', around: UnplacedRequests | undefined) =>
    scores.map((score) => {
      if (around === undefined) return 0;
      const ofCanary = misplaced(around.canary, score.canary)[side];
      return -(ofCanary + misplaced(around.stable, score.stable)[side]) / dispersion;
    });
  return { from: lost('after', ends?.from), to: lost('before', ends?.to), isApart };
}

interface Maps {
  readonly tolerance: MassMap;
  readonly alternatives: readonly { readonly share: number; readonly map: MassMap }[];
}

function mapsOf({ edges, tolerance, buckets }: LatencyOptions): Maps {
  const mapBy = buckets === 'exact' ? exactMap : interpolatedMap;
  return {
    tolerance: mapBy(edges, (time) => slowest(tolerance, time)),
    alternatives: ALTERNATIVES.map(([share, times]) => ({
      share,
      map: interpolatedMap(edges, (time) => times * time),
    })),
  };
}

function lawsOf(reference: readonly number[], { tolerance, alternatives }: Maps) {
  const all = total(reference);
  const tolerated = moved(
    reference.map((count) => count / all),
    tolerance,
  );
  return alternatives.map(({ share, map }) => {
    const late = moved(tolerated, map);
    return { tolerated, alternative: tolerated.map((mass, b) => (1 - share) * mass + share * (late[b] as number)) };
  });
}

function checkOptions({ edges, tolerance, slack, dispersion, history }: LatencyOptions): void {
  checkEdges(edges);
  checkLatencyTolerance(tolerance);
  checkDispersion(dispersion);
  checkBuckets(edges, history);
  if (!(slack >= 0 && slack < 1)) throw new RangeError(`a slack is a share of the requests, not ${slack}`);
}

function checkBuckets(edges: Edges, counts: readonly number[]): void {
  if (counts.length !== edges.length) throw new RangeError(`${counts.length} counts for ${edges.length} buckets`);
  checkCount(...counts);
}
