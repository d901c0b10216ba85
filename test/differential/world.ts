// The samples of the differential test: every shape of series that people have, made from a seed.
// Never asks anything of them. Called by the differential test, which gives them to both sides.
import type { Random } from '../../src/lib/random.ts';
import { seriesKey } from '../../src/series/labels.ts';
import { isStale, type Labels, type SeriesData, type SeriesReader, setStale } from '../../src/series/series.ts';
import { createStore } from '../../src/series/store.ts';

/** When the samples begin: 2023-11-14T22:13:20Z. */
export const BEGIN = 1_700_000_000_000;
export const LENGTH_MS = 60 * 60_000;
export const END = BEGIN + LENGTH_MS;
const SCRAPE_MS = 15_000;

/** A value at a time, or the end of the series at that time. */
type Point = readonly [time: number, value: number | 'stale'];

/** Regular scrapes of [from, to). */
function scrapes(from = BEGIN, to = END, everyMs = SCRAPE_MS): readonly number[] {
  return Array.from({ length: Math.ceil((to - from) / everyMs) }, (_, index) => from + index * everyMs);
}

const at = (times: readonly number[], value: (index: number, time: number) => number): Point[] =>
  times.map((time, index) => [time, value(index, time)]);

/** Counts up by chance, and from nothing again where a process was restarted. */
function counter(random: Random, times: readonly number[], perScrape: number, restarts = 0): Point[] {
  let total = Math.floor(random() * 1000);
  return at(times, () => {
    if (random() < restarts) total = 0;
    total += Math.floor(random() * perScrape * 2);
    return total;
  });
}

/** Wanders around a level. */
function walk(random: Random, times: readonly number[], level: number): Point[] {
  let value = level;
  return at(times, () => {
    value += (random() - 0.5) * level * 0.1;
    return value;
  });
}

/** Scrapes that come late or early, or not at all. */
const irregular = (random: Random, times: readonly number[], lost = 0.1): readonly number[] =>
  times.filter(() => random() >= lost).map((time) => time + Math.floor((random() - 0.5) * SCRAPE_MS * 0.8));

const without = (points: readonly Point[], from: number, to: number): Point[] =>
  points.filter(([time]) => time < from || time >= to);

const BOUNDS = ['0.005', '0.01', '0.05', '0.1', '0.5', '1', '2.5', '+Inf'];

/** A classic histogram: buckets, sum and count of one set of observations. */
function histogram(random: Random, name: string, labels: Labels, times: readonly number[], restarts = 0) {
  const counts = BOUNDS.map(() => 0);
  let sum = 0;
  const rows = times.map((time) => {
    if (random() < restarts) {
      counts.fill(0);
      sum = 0;
    }
    for (let observation = Math.floor(random() * 30); observation > 0; observation -= 1) {
      const seconds = random() ** 4 * 4;
      sum += seconds;
      for (const [index, bound] of BOUNDS.entries()) {
        if (seconds <= Number(bound.replace('+Inf', 'Infinity'))) counts[index] = (counts[index] ?? 0) + 1;
      }
    }
    return { time, counts: [...counts], sum };
  });
  const series: [Labels, Point[]][] = BOUNDS.map((le, index) => [
    { __name__: `${name}_bucket`, ...labels, le },
    rows.map((row): Point => [row.time, row.counts[index] ?? 0]),
  ]);
  series.push([{ __name__: `${name}_sum`, ...labels }, rows.map((row): Point => [row.time, row.sum])]);
  series.push([{ __name__: `${name}_count`, ...labels }, rows.map((row): Point => [row.time, row.counts.at(-1) ?? 0])]);
  return series;
}

export interface World {
  /** Serin's own store, except that series come in the order in which they were made, as Prometheus' head has them. */
  readonly reader: SeriesReader;
  readonly series: readonly SeriesData[];
}

export function createWorld(random: Random): World {
  const series: [Labels, Point[]][] = [];
  const add = (labels: Labels, points: Point[]) => series.push([labels, points]);
  const minutes = (count: number) => BEGIN + count * 60_000;

  for (const instance of ['a:80', 'b:80', 'c:80']) {
    const job = instance === 'c:80' ? 'web' : 'api';
    const version = instance === 'a:80' ? 'v1' : 'v2';
    const target = { job, instance };
    add(
      { __name__: 'up', ...target },
      at(scrapes(), () => Number(random() < 0.9)),
    );
    add(
      { __name__: 'build_info', ...target, version, commit: `c0ffee${version}` },
      at(scrapes(), () => 1),
    );
    add(
      { __name__: 'target_info', ...target, zone: job === 'api' ? 'eu' : 'us' },
      at(scrapes(), () => 1),
    );
    for (const code of ['200', '404', '503']) {
      const often = code === '200' ? 40 : 2;
      const labels = { __name__: 'http_requests_total', ...target, code };
      add(labels, counter(random, irregular(random, scrapes(), 0.02), often, 0.01));
    }
    add({ __name__: 'memory_bytes', ...target }, walk(random, scrapes(), 2e8));
    add(
      { __name__: 'queue_length', ...target },
      at(scrapes(), () => Math.floor(random() * 5)),
    );
    add({ __name__: 'temperature', ...target, version }, walk(random, irregular(random, scrapes()), -4));
    for (const part of histogram(random, 'latency_seconds', { ...target, version }, scrapes(), 0.005)) add(...part);
  }

  // What comes, goes, has holes, or has an end that was told.
  add({ __name__: 'appears', x: '1' }, walk(random, scrapes(minutes(37)), 10));
  add({ __name__: 'vanishes', x: '1' }, walk(random, scrapes(BEGIN, minutes(21)), 10));
  add({ __name__: 'vanishes', x: '2' }, [...counter(random, scrapes(BEGIN, minutes(21)), 5), [minutes(21), 'stale']]);
  add({ __name__: 'comes_back', x: '1' }, [
    ...walk(random, scrapes(BEGIN, minutes(10)), 3),
    [minutes(10), 'stale'],
    ...walk(random, scrapes(minutes(14)), 3),
  ]);
  add({ __name__: 'comes_back', x: '2' }, without(counter(random, scrapes(), 7, 0.02), minutes(15), minutes(23)));
  add({ __name__: 'sparse', x: '1' }, walk(random, scrapes(BEGIN, END, 4 * 60_000), 100));
  add({ __name__: 'sparse', x: '2' }, walk(random, scrapes(BEGIN, END, 7 * 60_000), 100));
  add({ __name__: 'dense', x: '1' }, counter(random, scrapes(BEGIN, END, 5_000), 3, 0.003));
  add({ __name__: 'once' }, [[minutes(30) + 1, 42]]);
  add(
    { __name__: 'flaps', x: '1' },
    at(scrapes(), (index) => index).map(([time], index): Point => [time, index % 5 === 4 ? 'stale' : index % 7]),
  );

  // Values that arithmetic trips over.
  const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 5e-324, 1e308, -1e308, 1e-9];
  add(
    { __name__: 'strange', x: 'mixed' },
    at(scrapes(), () => strange[Math.floor(random() * strange.length)] ?? 0),
  );
  add(
    { __name__: 'strange', x: 'nan' },
    at(scrapes(), () => Number.NaN),
  );
  add(
    { __name__: 'strange', x: 'inf' },
    at(scrapes(), () => Number.POSITIVE_INFINITY),
  );
  add(
    { __name__: 'strange', x: 'some' },
    at(scrapes(), () => (random() < 0.2 ? Number.NaN : random() * 20 - 10)),
  );
  add(
    { __name__: 'constant', x: '1' },
    at(scrapes(), () => 0.1),
  );
  add(
    { __name__: 'constant', x: '2' },
    at(scrapes(), () => 1e9 + 0.1),
  );
  add(
    { __name__: 'clock_seconds', x: '1' },
    at(scrapes(), (_, time) => time / 1000 + random() * 1e8),
  );
  add(
    { __name__: 'clock_seconds', x: '2' },
    at(scrapes(), () => Math.floor((random() - 0.3) * 4e9)),
  );
  add(
    { __name__: 'angle', x: '1' },
    at(scrapes(), () => random() * 2 - 1),
  );
  add(
    { __name__: 'angle', x: '2' },
    at(scrapes(), () => random() * 20 - 5),
  );
  add(
    { __name__: 'descending_total', x: '1' },
    at(scrapes(), (index) => 1000 - index * 3),
  );
  add(
    { __name__: 'same', x: '1' },
    at(scrapes(), () => 7),
  );
  add(
    { __name__: 'same', x: '2' },
    at(scrapes(), () => 7),
  );

  // Labels that text trips over.
  add({ __name__: 'http.requests', 'service.name': 'shop', job: 'otel' }, counter(random, scrapes(), 20));
  add({ __name__: 'odd', job: 'quo"te', path: 'a\\b' }, walk(random, scrapes(), 1));
  add({ __name__: 'odd', job: 'line\nbreak', path: 'grüße/世界' }, walk(random, scrapes(), 1));
  add({ __name__: 'odd', job: '', path: '$1', shard10: 'x2', shard: '10' }, walk(random, scrapes(), 1));
  for (const shard of ['1', '2', '10', '02', 'a1', 'a10', 'a2', '']) {
    add({ __name__: 'shards', shard, job: shard.length > 1 ? 'api' : 'web' }, walk(random, scrapes(), 50));
  }

  // Histograms that are not as they should be.
  for (const part of histogram(random, 'rough_seconds', { x: 'jittered' }, scrapes())) {
    add(
      part[0],
      part[1].map(([time, value]): Point => [time, value === 'stale' ? value : value + Math.floor(random() * 3)]),
    );
  }
  for (const part of histogram(random, 'rough_seconds', { x: 'noinf' }, scrapes()))
    if (part[0]['le'] !== '+Inf') add(...part);
  for (const part of histogram(random, 'rough_seconds', { x: 'badle' }, scrapes())) {
    add(part[0]['le'] === '0.05' ? { ...part[0], le: 'many' } : part[0], part[1]);
  }

  return filled(series);
}

/**
 * Prometheus gets the samples as they were made up, Serin through its own store. The order of series in results is
 * nobody's promise, and yet decides between equals and in the last bits of sums: so it is made the same.
 */
function filled(given: readonly (readonly [Labels, readonly Point[]])[]): World {
  const series = given
    .toSorted(([, a], [, b]) => Number(isLate(a)) - Number(isLate(b)))
    .map(([labels, points]) => dataOf(labels, points));
  const store = createStore({ retentionMs: 1e12 });
  const order = new Map<string, number>();
  for (const { labels, times, values } of series) {
    const handle = store.series(labels);
    order.set(seriesKey(labels), order.size);
    for (const [index, time] of times.entries()) {
      if (isStale(values, index)) handle.appendStale(time);
      else handle.append(time, values[index] ?? Number.NaN);
    }
  }
  const place = ({ labels }: SeriesData): number => order.get(seriesKey(labels)) ?? Number.NaN;
  const reader: SeriesReader = {
    select: (matchers, from, to) => store.select(matchers, from, to).toSorted((a, b) => place(a) - place(b)),
  };
  return { reader, series };
}

function dataOf(labels: Labels, points: readonly Point[]): SeriesData {
  const sorted = points.toSorted(([a], [b]) => a - b);
  const values = Float64Array.from(sorted, ([, value]) => (value === 'stale' ? 0 : value));
  for (const [index, [, value]] of sorted.entries()) if (value === 'stale') setStale(values, index);
  const given = Object.entries(labels).filter(([, value]) => value !== '');
  return { labels: Object.fromEntries(given), times: Float64Array.from(sorted, ([time]) => time), values };
}

/** Series that begin later than the first samples that are written together are made after all others. */
const isLate = ([first]: readonly Point[]): boolean => first !== undefined && first[0] > BEGIN + LENGTH_MS / 4;
