// Series in memory: append, select, forget after the retention. About two bytes a sample on regular scrapes.
// Never scrapes, never looks at a clock: prune(now) is called by whoever fills it. Called by metrics/scrape, metrics/local, tests.
import type { Millis } from '../lib/clock.ts';
import { Chunk, type SampleSink } from './chunk.ts';
import { labelsOfKey, seriesKey } from './labels.ts';
import { Postings } from './postings.ts';
import { isStale, type Labels, type Matcher, type SeriesData, type SeriesReader, setStale } from './series.ts';

/** `duplicate`: the series has a sample of that time already. `outOfOrder`: it has a later one. Neither is kept. */
export type AppendOutcome = 'appended' | 'duplicate' | 'outOfOrder';

/** One series, found once and then appended to without looking it up again; outlives the series' forgetting. */
export interface SeriesHandle {
  readonly labels: Labels;
  append(time: Millis, value: number): AppendOutcome;
  appendStale(time: Millis): AppendOutcome;
}

export interface StoreStats {
  readonly series: number;
  readonly chunks: number;
  readonly samples: number;
  /** Of compressed samples alone, without labels and index. */
  readonly sampleBytes: number;
}

export interface SeriesStore extends SeriesReader {
  /** Times are whole milliseconds (RangeError otherwise). Empty label values are left out. */
  append(labels: Labels, time: Millis, value: number): AppendOutcome;
  /** Appends a staleness marker: from then on the series has no current value. */
  appendStale(labels: Labels, time: Millis): AppendOutcome;
  series(labels: Labels): SeriesHandle;
  /** Forgets what is older than the retention, chunk by chunk, and series of which nothing is left. */
  prune(now: Millis): void;
  /** Every value a label has, in no order. */
  labelValues(name: string): readonly string[];
  stats(): StoreStats;
}

export interface StoreOptions {
  readonly retentionMs: number;
}

interface Series {
  readonly key: string;
  readonly labels: Labels;
  /** In time order; only the last one grows. Empty once forgotten. */
  chunks: Chunk[];
}

const HIGH_WORD = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

export function createStore({ retentionMs }: StoreOptions): SeriesStore {
  const byKey = new Map<string, Series>();
  const postings = new Postings<Series>();
  const value = new Float64Array(1);
  const valueWords = new Uint32Array(value.buffer);

  const open = (labels: Labels): Series => {
    const key = seriesKey(labels);
    return byKey.get(key) ?? { key, labels: labelsOfKey(key), chunks: [] };
  };

  // The value to append lies in `value`, as bits.
  const appendTo = (series: Series, time: Millis): AppendOutcome => {
    if (!Number.isSafeInteger(time))
      throw new RangeError(`a sample's time is a whole number of milliseconds, not ${time}`);
    const high = valueWords[HIGH_WORD] as number;
    const low = valueWords[1 - HIGH_WORD] as number;
    const last = series.chunks.at(-1);
    if (last !== undefined) {
      if (time <= last.lastTime) return time === last.lastTime ? 'duplicate' : 'outOfOrder';
      if (last.append(time, high, low)) return 'appended';
      last.seal();
    } else {
      byKey.set(series.key, series);
      postings.add(series);
    }
    series.chunks.push(new Chunk(time, high, low));
    return 'appended';
  };

  const setValue = (sample: number): void => {
    // A NaN that was once a marker must not become one again: only appendStale writes markers.
    value[0] = sample;
    if (isStale(value, 0)) valueWords.set(HIGH_WORD === 1 ? [0, 0x7ff80000] : [0x7ff80000, 0]);
  };

  const handle = (labels: Labels): SeriesHandle => {
    let series = open(labels);
    const current = (): Series => {
      // A series without samples is not in the store; another handle may have brought it back meanwhile.
      if (series.chunks.length === 0) series = byKey.get(series.key) ?? series;
      return series;
    };
    return {
      labels: series.labels,
      append: (time, sample) => {
        setValue(sample);
        return appendTo(current(), time);
      },
      appendStale: (time) => {
        setStale(value, 0);
        return appendTo(current(), time);
      },
    };
  };

  return {
    append: (labels, time, sample) => {
      setValue(sample);
      return appendTo(open(labels), time);
    },
    appendStale: (labels, time) => {
      setStale(value, 0);
      return appendTo(open(labels), time);
    },
    series: handle,
    select: (matchers: readonly Matcher[], from, to) => {
      const selected: SeriesData[] = [];
      for (const series of postings.find(matchers)) {
        const data = decode(series, from, to);
        if (data.times.length > 0) selected.push(data);
      }
      return selected;
    },
    prune: (now) => {
      const oldest = now - retentionMs;
      for (const series of byKey.values()) {
        const kept = series.chunks.findIndex((chunk) => chunk.lastTime >= oldest);
        if (kept === 0) continue;
        series.chunks = kept < 0 ? [] : series.chunks.slice(kept);
        if (kept > 0) continue;
        byKey.delete(series.key);
        postings.remove(series);
      }
    },
    labelValues: (name) => postings.values(name),
    stats: () => statsOf(byKey.values()),
  };
}

function decode({ labels, chunks }: Series, from: Millis, to: Millis): SeriesData {
  const wanted = chunks.filter((chunk) => chunk.lastTime >= from && chunk.firstTime <= to);
  const room = wanted.reduce((sum, chunk) => sum + chunk.count, 0);
  const times = new Float64Array(room);
  const values = new Float64Array(room);
  const sink: SampleSink = { times, words: new Uint32Array(values.buffer), highWord: HIGH_WORD, count: 0 };
  for (const chunk of wanted) chunk.decode(from, to, sink);
  if (sink.count === room) return { labels, times, values };
  // Copies bytes, not numbers: a marker's bits survive.
  return { labels, times: times.slice(0, sink.count), values: values.slice(0, sink.count) };
}

function statsOf(all: Iterable<Series>): StoreStats {
  let [series, chunks, samples, sampleBytes] = [0, 0, 0, 0];
  for (const { chunks: own } of all) {
    series++;
    chunks += own.length;
    for (const chunk of own) {
      samples += chunk.count;
      sampleBytes += chunk.bytes;
    }
  }
  return { series, chunks, samples, sampleBytes };
}
