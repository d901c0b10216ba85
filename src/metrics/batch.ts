// Reads of samples that fall together, asked as few: selectors of the same shape become one with alternatives, and its answer is
// parted again. Never merges what it could not part exactly, nor any instant query. Called by operator/, around a Prometheus.
import type { Clock, Millis } from '../lib/clock.ts';
import { SerinError } from '../lib/problem.ts';
import type { Matcher, SeriesData } from '../series/series.ts';
import { canVary, mergedMatchers, partsOf, sizeOf } from './merge.ts';
import type { MetricsSource } from './source.ts';

export interface BatchOptions {
  readonly source: MetricsSource;
  readonly clock: Clock;
  /** A read waits so long for others, milliseconds, and again as long as more have come, up to PATIENCE times. */
  readonly windowMs?: number;
  /** Of one query's alternatives, characters; and reads in one query. */
  readonly mostText?: number;
  readonly mostReads?: number;
  /**
   * Merge only reads that end at the same instant: where several addresses answer, all answers of one instant come from one of
   * them (prometheus/addresses.ts), and a turn's reads are to stay with its gates'.
   */
  readonly keepInstants?: boolean;
  /** Hears of each query and of the reads in it. */
  readonly onQuery?: (reads: number) => void;
}

const WINDOW_MS = 5;
const PATIENCE = 40;
/** A few releases are not to wait for anybody; where many read, a loop of many turns has gaps longer than a window. */
const FEW = 16;
const BUSY_WINDOWS = 5;
/** Whoever has got his samples goes on at once: after so many of them others, such as a lease to renew, have their turn. */
const ANSWERS_IN_A_BREATH = 16;
/** Prometheus itself has no bound on a query in a form; what stands before it may: nginx takes 1 MiB, some proxies less. */
const MOST_TEXT = 48 * 1024;
const MOST_READS = 1000;
/** Fewer are never a server's trouble: one that cannot do with them cannot do with one. */
const LEAST_READS = 50;

interface Read {
  readonly matchers: readonly Matcher[];
  readonly from: Millis;
  readonly to: Millis;
  readonly resolve: (series: readonly SeriesData[]) => void;
  readonly reject: (error: unknown) => void;
}

export function batchedSource(options: BatchOptions): MetricsSource {
  const { source, clock, windowMs = WINDOW_MS, mostText = MOST_TEXT, mostReads = MOST_READS, onQuery } = options;
  const { keepInstants = false } = options;
  let waiting: Read[] = [];
  /** Fewer after a query that was too much for the server, and more again with each that was not. */
  let most = mostReads;

  async function flush(): Promise<void> {
    for (let before = 0, tries = 0; waiting.length > before && tries < PATIENCE; tries++) {
      before = waiting.length;
      await clock.sleep(before > FEW ? windowMs * BUSY_WINDOWS : windowMs);
    }
    const reads = waiting;
    waiting = [];
    for (const alike of grouped(reads, keepInstants))
      for (const chunk of chunks(alike, most, mostText)) void ask(chunk);
  }

  async function ask(reads: readonly Read[], isWhole = true): Promise<void> {
    const [first] = reads;
    if (first === undefined) return;
    onQuery?.(reads.length);
    try {
      const from = Math.min(...reads.map((read) => read.from));
      const to = Math.max(...reads.map((read) => read.to));
      const answer = await source.select(mergedMatchers(reads.map(({ matchers }) => matchers)), from, to);
      most = Math.min(mostReads, most * 2);
      await answerAll(reads, answer, clock);
    } catch (error) {
      if (isWhole && reads.length > 1) most = Math.max(LEAST_READS, Math.floor(Math.min(most, reads.length) / 2));
      if (reads.length === 1 || isOutage(error)) for (const read of reads) read.reject(error);
      // One of them may be what is refused, or all together too much: the others are not to suffer for it.
      else {
        const middle = reads.length >> 1;
        await Promise.all([ask(reads.slice(0, middle), false), ask(reads.slice(middle), false)]);
      }
    }
  }

  return {
    scrapeIntervalMs: source.scrapeIntervalMs,
    instant: (expr, at) => source.instant(expr, at),
    freshAt: (at) => source.freshAt(at),
    select: (matchers, from, to) =>
      new Promise((resolve, reject) => {
        waiting.push({ matchers, from, to, resolve, reject });
        if (waiting.length === 1) flush().catch(reject);
      }),
  };
}

/** Nobody answers: asking in parts would only cost more time. */
export const isOutage = (error: unknown): boolean =>
  !(error instanceof SerinError) || error.problems.every(({ code }) => code === 'SRN1901' || code === 'SRN1903');

async function answerAll(reads: readonly Read[], answer: readonly SeriesData[], clock: Clock): Promise<void> {
  const parts = partsOf(
    reads.map(({ matchers }) => matchers),
    answer,
  );
  for (const [index, read] of reads.entries()) {
    if (index > 0 && index % ANSWERS_IN_A_BREATH === 0) await clock.sleep(0);
    read.resolve((parts[index] ?? []).flatMap((series) => within(series, read.from, read.to)));
  }
}

/** The series' samples of that time; nothing where it has none. */
function within({ labels, times, values }: SeriesData, from: Millis, to: Millis): readonly SeriesData[] {
  const [start, end] = [countUntil(times, (time) => time < from), countUntil(times, (time) => time <= to)];
  if (start >= end) return [];
  if (start === 0 && end === times.length) return [{ labels, times, values }];
  return [{ labels, times: times.slice(start, end), values: values.slice(start, end) }];
}

/** How many times, which rise, are before the first that does not fit. */
function countUntil(times: Float64Array, fits: (time: Millis) => boolean): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(times[middle] as Millis)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Reads of one shape and about as much time: for the sake of one that looks back hours not all are to be read for hours. */
function grouped(reads: readonly Read[], keepInstants: boolean): Iterable<readonly Read[]> {
  const shapes = new Map<string, Read[]>();
  for (const read of reads) {
    const span = Math.ceil(Math.log2(Math.max(1, read.to - read.from)));
    const shape = `${shapeOf(read.matchers)} ${span} ${keepInstants ? read.to : ''}`;
    const alike = shapes.get(shape);
    if (alike === undefined) shapes.set(shape, [read]);
    else alike.push(read);
  }
  return shapes.values();
}

/** What must be the same to be merged: the metric, which labels are asked for, and whatever is not to be there. */
const shapeOf = (matchers: readonly Matcher[]): string =>
  JSON.stringify(matchers.map((one) => (canVary(one) ? [one.name, one.op] : [one.name, one.op, one.value])));

function chunks(reads: readonly Read[], most: number, mostText: number): readonly (readonly Read[])[] {
  const all: Read[][] = [];
  let chunk: Read[] = [];
  let text = 0;
  let [from, to, width] = [Infinity, -Infinity, 0];
  for (const read of [...reads].sort((a, b) => a.from - b.from)) {
    const size = sizeOf(read.matchers);
    const own = read.to - read.from;
    const union = Math.max(to, read.to) - Math.min(from, read.from);
    const full = chunk.length >= most || text + size > mostText || union > 2 * Math.max(own, width);
    if (full && chunk.length > 0) {
      all.push(chunk);
      chunk = [];
      [text, from, to, width] = [0, Infinity, -Infinity, 0];
    }
    chunk.push(read);
    text += size;
    [from, to, width] = [Math.min(from, read.from), Math.max(to, read.to), Math.max(width, own)];
  }
  if (chunk.length > 0) all.push(chunk);
  return all;
}
