// Blocks of requests by how long they took: one count for each bucket of the histograms, no longer cumulative.
// Never finds a quantile and never judges. Called by whoever reads a release's samples, with the cursor of the look before.
import type { Millis } from '../../lib/clock.ts';
import { labelValue } from '../../series/labels.ts';
import type { SeriesData } from '../../series/series.ts';
import { type Look, type Meaning, read } from './block.ts';
import { bothEnds, close, type Reading } from './closing.ts';
import { countText, differ, isAbove } from './quality.ts';
import type { OfVersions, PodFacts, VersionFeeds } from './samples.ts';
import type { Around, Ends, Span } from './target.ts';
import type { Cursor } from './timing.ts';

/** `buckets[i]`: requests above edge i - 1 up to edge i, and last those above all edges. They add up to `requests`. */
export interface LatencyCounts {
  readonly requests: number;
  readonly buckets: readonly number[];
  /** Between the scrapes around its two ends, bucket by bucket. */
  readonly ends?: Ends;
}

export interface LatencySamples {
  /** All `_bucket` series, cumulative in `le`, of the answers that are to be compared. */
  readonly buckets: readonly SeriesData[];
  /** `_count` of the same histograms, where it is read: it must be what their last bucket says. */
  readonly count?: readonly SeriesData[];
  readonly up: readonly SeriesData[];
  readonly pods: readonly PodFacts[];
  /** Of `le`; milliseconds, when left out. */
  readonly unit?: 's' | 'ms';
}

export interface LatencyReading extends Reading {
  /** Finite upper bounds, milliseconds, ascending; fixed for the attempt (`commonEdges`). */
  readonly edges: readonly number[];
}

export function latencyBlocks(
  cursor: Cursor,
  samples: OfVersions<LatencySamples>,
  reading: LatencyReading,
  to: Millis,
): Look<LatencyCounts> {
  const feeds = { canary: feedsOf(samples.canary, reading), stable: feedsOf(samples.stable, reading) };
  const { closed, waiting, cursor: next } = close(cursor, feeds, reading, to);
  return { ...read(closed, latency(reading.edges)), waiting, cursor: next };
}

/** Milliseconds. */
function upperBound({ labels }: SeriesData, unit: LatencySamples['unit']): number {
  const text = labelValue(labels, 'le');
  if (text === '+Inf') return Infinity;
  if (text === '') return Number.NaN;
  // 1.005 s are 1005 ms, and 1004.9999999999999 would be another edge.
  return unit === 's' ? Number((Number(text) * 1000).toPrecision(12)) : Number(text);
}

/** One class for each edge, one for `+Inf`, and one for the count: the last bucket's own where there is no other. */
function feedsOf({ buckets, count, up, pods, unit }: LatencySamples, { edges }: LatencyReading): VersionFeeds {
  const byEdge = new Map<number, SeriesData[]>([...edges, Infinity].map((edge) => [edge, []]));
  for (const series of buckets) byEdge.get(upperBound(series, unit))?.push(series);
  const last = byEdge.get(Infinity) ?? [];
  return {
    feeds: [{ classes: [...byEdge.values(), count ?? last], up, targets: 'instance', reads: 'counters' }],
    pods,
  };
}

/** For `withoutPod` as well. */
export const latency = (edges: readonly number[]): Meaning<LatencyCounts> => ({
  counts: (spans) => {
    const buckets = parted(cumulativeOf(spans, edges));
    const ends = spans[0]?.ends;
    return {
      requests: buckets.reduce((sum, one) => sum + one, 0),
      buckets,
      ...(ends && { ends: { from: partedAround(ends.from, edges), to: partedAround(ends.to, edges) } }),
    };
  },
  sum: (all) => ({
    requests: all.reduce((sum, { requests }) => sum + requests, 0),
    buckets: Array.from({ length: edges.length + 1 }, (_, place) =>
      all.reduce((sum, { buckets }) => sum + (buckets[place] ?? 0), 0),
    ),
    ...endsTogether(all),
  }),
  fault: (spans) => {
    const cumulative = cumulativeOf(spans, edges);
    const falls = cumulative.findIndex((count, place) => isAbove(cumulative[place - 1] ?? 0, count));
    if (falls >= 0) return { reason: 'bucketsFall', found: fallText(cumulative, edges, falls) };
    const [last = 0, count = 0] = (spans[0]?.counts ?? []).slice(edges.length);
    if (!differ(last, count)) return undefined;
    return {
      reason: 'bucketsAndCount',
      found: `${countText(last)} requests in buckets, a count of ${countText(count)}`,
    };
  },
});

const cumulativeOf = ([span]: readonly Span[], edges: readonly number[]): readonly number[] =>
  span === undefined ? new Array<number>(edges.length + 1).fill(0) : span.counts.slice(0, edges.length + 1);

const parted = (cumulative: readonly number[]): readonly number[] =>
  cumulative.map((count, place) => Math.max(0, count - (cumulative[place - 1] ?? 0)));

const partedAround = ({ before, after, prior }: Around, edges: readonly number[]): Around => ({
  before: parted(before.slice(0, edges.length + 1)),
  after: parted(after.slice(0, edges.length + 1)),
  prior: parted(prior.slice(0, edges.length + 1)),
});

function endsTogether(all: readonly LatencyCounts[]): Pick<LatencyCounts, 'ends'> {
  const each = all.flatMap(({ ends }) => (ends === undefined ? [] : [ends]));
  return each.length === 0 ? {} : { ends: each.reduce(bothEnds) };
}

function fallText(cumulative: readonly number[], edges: readonly number[], place: number): string {
  const [lower, upper] = [edges[place - 1], edges[place] ?? '+Inf'];
  return `${countText(cumulative[place - 1] ?? 0)} requests up to ${lower}, ${countText(cumulative[place] ?? 0)} up to ${upper}`;
}

/**
 * The finite edges that all targets' histograms of both versions have, milliseconds, ascending: what is counted up to an edge
 * stays true when edges between are passed over. Nothing where one of the versions has no histogram yet.
 */
export function commonEdges({
  canary,
  stable,
}: OfVersions<Pick<LatencySamples, 'buckets' | 'unit'>>): readonly number[] {
  if (canary.buckets.length === 0 || stable.buckets.length === 0) return [];
  const byTarget = new Map<string, Set<number>>();
  for (const { buckets, unit } of [canary, stable])
    for (const series of buckets) {
      const target = `${labelValue(series.labels, 'instance')}\n${labelValue(series.labels, 'pod')}`;
      byTarget.set(target, (byTarget.get(target) ?? new Set()).add(upperBound(series, unit)));
    }
  const [first, ...others] = [...byTarget.values()];
  const common = [...(first ?? [])].filter((edge) => others.every((edges) => edges.has(edge)));
  return common.filter(Number.isFinite).sort((a, b) => a - b);
}
