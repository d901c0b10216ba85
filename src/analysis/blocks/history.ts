// What stable was before the canary, an hour's blocks: how much one half of its pods differs from the other, and its counts in all.
// Never estimates (stats does): it gives pairs, by rules fixed in advance. Called once for an attempt; see statistics.md A3, A5.
import type { Millis } from '../../lib/clock.ts';
import type { Block, Meaning } from './block.ts';
import type { Reading } from './closing.ts';
import { ERRORS, type ErrorCounts, type ErrorSamples, errorBlocks } from './errors.ts';
import { GAUGES, type GaugeCounts, type GaugeSamples, gaugeBlocks, perUnit } from './gauges.ts';
import { commonEdges, type LatencyCounts, type LatencySamples, latency, latencyBlocks } from './latency.ts';
import { blockLengthOf, onGrid, type Timing } from './timing.ts';

export interface Pair<Counts> {
  readonly from: Millis;
  readonly to: Millis;
  readonly first: Counts;
  readonly second: Counts;
}

/**
 * `pods`: two halves of equally many pods in the same time. `neighbours`: one pod alone, two blocks after each other: load that
 * changes counts as dispersion as well, so that what is estimated from them is too much rather than too little.
 */
export interface History<Counts> {
  readonly split: 'pods' | 'neighbours' | 'none';
  readonly pairs: readonly Pair<Counts>[];
  /** Of all pods, in blocks as short as they may be. */
  readonly total: Counts;
}

export interface HistoryRange {
  readonly from: Millis;
  readonly to: Millis;
  readonly timing: Timing;
}

/** 30 s, or a scrape: shorter ones would share what came between two, and differ by less than they do. */
export const historyLengthOf = (timing: Timing): number => blockLengthOf('gauges', timing, 30_000);

const NO_ERRORS: ErrorSamples = { requests: [], errors: [], up: [], pods: [] };
const NO_LATENCY: LatencySamples = { buckets: [], up: [], pods: [] };
const NO_GAUGES: GaugeSamples = { requests: [], up: [], cpu: [], memory: [], pods: [] };

/** Pods that started since `from` count from their start, as in an attempt. */
export function errorHistory(stable: ErrorSamples, range: HistoryRange): History<ErrorCounts> {
  const blocksOf = (reading: Reading) =>
    errorBlocks({ at: onGrid(range.from, reading.lengthMs) }, { canary: NO_ERRORS, stable }, reading, range.to).blocks;
  const total = ERRORS.sum(
    blocksOf(wholeOf(range, 'errors')).map(({ stable: { pods } }) => ERRORS.sum(Object.values(pods))),
  );
  const reading = readingOf(range);
  const blocks = blocksOf(reading);
  const halves = blocks.flatMap((block) =>
    halvesOf(
      block,
      ERRORS.sum,
      wholly(block, ({ podSeconds }) => podSeconds),
    ),
  );
  if (halves.length > 0) return { split: 'pods', pairs: halves, total };
  const pairs = neighbours(blocks, reading, ERRORS.sum);
  return { split: pairs.length > 0 ? 'neighbours' : 'none', pairs, total };
}

export interface LatencyHistory {
  /** Those that all of stable's histograms have: finite, milliseconds, ascending. */
  readonly edges: readonly number[];
  /** Of all blocks. */
  readonly total: LatencyCounts;
  /** In blocks as long as those of errors; neighbours of one pod alone, which load changes as well. */
  readonly pairs: readonly Pair<LatencyCounts>[];
}

/** Undefined where there is no histogram. */
export function latencyHistory(stable: LatencySamples, range: HistoryRange): LatencyHistory | undefined {
  const edges = commonEdges({ canary: stable, stable });
  if (edges.length === 0) return undefined;
  const { sum } = latency(edges);
  const blocksOf = (reading: Reading) => {
    const cursor = { at: onGrid(range.from, reading.lengthMs) };
    return latencyBlocks(cursor, { canary: NO_LATENCY, stable }, { ...reading, edges }, range.to).blocks;
  };
  const reading = readingOf(range);
  const blocks = blocksOf(reading);
  // Who was there for a part of a block alone is not told from who had fewer requests: pods that are in all blocks are halved.
  const isAlways = (pod: string) => blocks.every(({ stable: { pods } }) => Object.hasOwn(pods, pod));
  const halves = blocks.flatMap((block) => halvesOf(block, sum, isAlways));
  const pairs = halves.length > 0 ? halves : neighbours(blocks, reading, sum);
  return {
    edges,
    total: sum(blocksOf(wholeOf(range, 'latency')).map(({ stable: { pods } }) => sum(Object.values(pods)))),
    pairs,
  };
}

/** Natural logarithms of first half by second, block after block; null where there is no ratio, so that neighbours stay such. */
export interface GaugeHistory {
  readonly cpuPerRequest: readonly (number | null)[];
  readonly memory: readonly (number | null)[];
}

/** Of one pod alone there is nothing to compare: both are empty. */
export function gaugeHistory(stable: GaugeSamples, range: HistoryRange): GaugeHistory {
  const reading = readingOf(range);
  const cursor = { at: onGrid(range.from, reading.lengthMs) };
  const { blocks } = gaugeBlocks(cursor, { canary: NO_GAUGES, stable }, reading, range.to);
  const pairs = blocks.map(
    (block) =>
      halvesOf(
        block,
        GAUGES.sum,
        wholly(block, ({ cpuPodSeconds }) => cpuPodSeconds),
      )[0],
  );
  if (pairs.every((pair) => pair === undefined)) return { cpuPerRequest: [], memory: [] };
  return {
    cpuPerRequest: pairs.map((pair) => logRatio(pair, 'cpuPerRequest')),
    memory: pairs.map((pair) => logRatio(pair, 'memory')),
  };
}

/** For sums alone. The shorter the blocks, the less is lost at both ends of a past of some seconds. */
const wholeOf = (range: HistoryRange, sort: 'errors' | 'latency'): Reading => ({
  ...readingOf(range),
  lengthMs: blockLengthOf(sort, range.timing),
});

const readingOf = ({ from, timing }: HistoryRange): Reading => ({
  timing,
  attemptBegan: from,
  warmUpMs: 0,
  lengthMs: historyLengthOf(timing),
});

/**
 * Of the pods that were there for the whole block, by name, every other one. An odd last one is left out: halves of unlike size
 * would differ by their size.
 */
function halvesOf<Counts>(
  { from, to, stable: { pods } }: Block<Counts>,
  sum: Meaning<Counts>['sum'],
  counts: (pod: string) => boolean,
): readonly Pair<Counts>[] {
  const all = Object.keys(pods)
    .sort()
    .filter(counts)
    .map((pod) => pods[pod] as Counts);
  const even = all.slice(0, all.length - (all.length % 2));
  if (even.length === 0) return [];
  const half = (which: number) => sum(even.filter((_, place) => place % 2 === which));
  return [{ from, to, first: half(0), second: half(1) }];
}

const wholly =
  <Counts>({ from, to, stable: { pods } }: Block<Counts>, secondsOf: (counts: Counts) => number) =>
  (pod: string): boolean =>
    Math.round(secondsOf(pods[pod] as Counts) * 1000) === to - from;

/** An even block of the grid and the odd one after it, both of the grid's own length. */
function neighbours<Counts>(
  blocks: readonly Block<Counts>[],
  { lengthMs }: Reading,
  sum: Meaning<Counts>['sum'],
): readonly Pair<Counts>[] {
  const totalOf = ({ stable: { pods } }: Block<Counts>) => sum(Object.values(pods));
  const single = blocks.filter(({ from, to }) => to - from === lengthMs);
  return single.flatMap((block, index) => {
    const next = single[index + 1];
    const isEven = (block.from / lengthMs) % 2 === 0;
    if (!isEven || next?.from !== block.to) return [];
    return [{ from: block.from, to: next.to, first: totalOf(block), second: totalOf(next) }];
  });
}

function logRatio(pair: Pair<GaugeCounts> | undefined, name: 'cpuPerRequest' | 'memory'): number | null {
  const [first, second] = [pair && perUnit(pair.first)[name], pair && perUnit(pair.second)[name]];
  return first === undefined || second === undefined ? null : Math.log(first / second);
}
