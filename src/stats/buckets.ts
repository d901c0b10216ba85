// The buckets of a histogram and where their requests go when every request takes longer.
// Never knows a request, only its bucket: what is assumed of the inside of a bucket is said here. Called by the latency files.
import type { BeforeAndAfter, Outcomes } from './rate.ts';

/** Upper edges (inclusive, as Prometheus's `le`), increasing, the first above 0, the last +Infinity; any unit. */
export type Edges = readonly number[];

/** Requests in each bucket, not cumulative, of both versions in the same block. */
export interface LatencyBlock {
  readonly canary: readonly number[];
  readonly stable: readonly number[];
  /** Left out where it is known exactly which requests lie in the block. */
  readonly ends?: LatencyEnds;
  /** The one before it was not told, or there was none. */
  readonly isApart?: true;
}

export interface LatencyEnds {
  readonly from: UnplacedRequests;
  readonly to: UnplacedRequests;
}

/** As `UnplacedErrors` (rate.ts), bucket by bucket. */
export interface UnplacedRequests {
  readonly canary: BucketsAround;
  readonly stable: BucketsAround;
}

/** Requests between the two scrapes around an end, shared evenly; and those between the two scrapes before. */
export interface BucketsAround {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly prior: readonly number[];
}

/**
 * By how much the scores of requests that were counted before an end may be too high, and of those after it; scores by bucket.
 *
 * Between the two scrapes requests were faster or slower than between those before: as much as that makes in all may have been
 * on one side of the end alone, as far as so many requests can make it, while it was shared evenly.
 */
export function misplaced(around: BucketsAround, scores: readonly number[]): BeforeAndAfter {
  const [before, after, prior] = [total(around.before), total(around.after), total(around.prior)];
  if (before + after === 0 || prior === 0) return { before: 0, after: 0 };
  const usual = weighted(around.prior, scores) / prior;
  const now = (weighted(around.before, scores) + weighted(around.after, scores)) / (before + after);
  const more = Math.abs(now - usual);
  const most = now > usual ? Math.max(...scores) - usual : usual - Math.min(...scores);
  const all = (before + after) * more;
  const beyond = (requests: number) => Math.max(0, Math.min(all, requests * most) - requests * more);
  // Of higher scores those before the end are too many when all of them came after it; of lower ones, when all came before.
  return now > usual
    ? { before: beyond(after), after: beyond(before) }
    : { before: beyond(before), after: beyond(after) };
}

export const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** All of a histogram's requests, and as errors those above the upper edge of the bucket with this index. */
export const slowerThan = (edge: number, counts: readonly number[]): Outcomes => ({
  requests: total(counts),
  errors: total(counts.slice(edge + 1)),
});

export const weighted = (counts: readonly number[], scores: readonly number[]): number =>
  counts.reduce((sum, count, b) => (count === 0 ? sum : sum + count * (scores[b] as number)), 0);

/** A request may take `factor` times as long, or `extra` longer (in the edges' unit), whichever is more. */
export interface LatencyTolerance {
  readonly factor: number;
  readonly extra: number;
}

export const slowest = ({ factor, extra }: LatencyTolerance, time: number): number =>
  Math.max(factor * time, time + extra);

/** What may take as long as `time`: the inverse. */
export const fastest = ({ factor, extra }: LatencyTolerance, time: number): number =>
  Math.min(time / factor, time - extra);

export function checkEdges(edges: Edges): void {
  const rising = edges.every((edge, b) => edge > (b === 0 ? 0 : (edges[b - 1] as number)));
  if (edges.length < 2 || !rising || edges.at(-1) !== Number.POSITIVE_INFINITY)
    throw new RangeError(`edges of buckets rise from above 0 to infinity, unlike ${edges.join(', ')}`);
}

export function checkLatencyTolerance({ factor, extra }: LatencyTolerance): void {
  if (!(factor >= 1 && factor < Number.POSITIVE_INFINITY && extra >= 0 && extra < Number.POSITIVE_INFINITY))
    throw new RangeError(`${factor} times as long or ${extra} longer is no tolerance`);
}

/** For each bucket: where its requests go, and which part of them; the parts of one bucket add up to 1. */
export type MassMap = readonly (readonly (readonly [bucket: number, part: number])[])[];

/**
 * The ends of a bucket: the first is taken to begin at a tenth of its edge, the last to end at 2.5 times the edge
 * below.
 */
export function bounds(edges: Edges, bucket: number): { readonly low: number; readonly high: number } {
  const edge = edges[bucket] as number;
  const low = bucket === 0 ? edge / 10 : (edges[bucket - 1] as number);
  return { low, high: Number.isFinite(edge) ? edge : low * 2.5 };
}

/** Parts below this are dropped with what would come after them; together they are no more. */
const CRUMB = 1e-12;

/** As if the requests of a bucket lay evenly in the logarithm of time: an assumption. `move` increases. */
export function interpolatedMap(edges: Edges, move: (time: number) => number): MassMap {
  return edges.map((_, bucket) => {
    const { low, high } = bounds(edges, bucket);
    const [from, to] = [move(low), move(high)];
    const parts: (readonly [number, number])[] = [];
    let below = 0;
    for (let k = 0; k < edges.length && below < 1; k += 1) {
      const upTo = partBelow(edges[k] as number, from, to);
      if (upTo - below > CRUMB) parts.push([k, upTo - below]);
      below = upTo;
    }
    return parts;
  });
}

function partBelow(edge: number, from: number, to: number): number {
  if (edge >= to || edge === Number.POSITIVE_INFINITY) return 1;
  return edge <= from ? 0 : Math.log(edge / from) / Math.log(to / from);
}

/**
 * As if all the requests of a bucket lay at its upper edge: nothing that moves can end in a slower bucket, wherever it
 * lay.
 */
export function exactMap(edges: Edges, move: (time: number) => number): MassMap {
  return edges.map((edge) => [[bucketOf(edges, move(edge)), 1]]);
}

/** The bucket that counts a request of this time. */
export const bucketOf = (edges: Edges, time: number): number => edges.findIndex((edge) => time <= edge);

/** The masses after the move. */
export function moved(masses: readonly number[], map: MassMap): number[] {
  const result = Array<number>(masses.length).fill(0);
  // By index: this is done eleven times a block.
  for (let bucket = 0; bucket < masses.length; bucket += 1) {
    const mass = masses[bucket] as number;
    const parts = map[bucket] ?? [];
    if (mass > 0) for (const part of parts) result[part[0]] = (result[part[0]] as number) + mass * part[1];
  }
  return result;
}
