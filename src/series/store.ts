// Series in memory: append, select, forget after the retention. About three bytes a sample on regular scrapes, all told.
// Never scrapes, never looks at a clock: prune(now) is called by whoever fills it. Called by metrics/scrape, metrics/local, tests.
import type { Millis } from '../lib/clock.ts';
import { type Chunk, Encoder } from './chunk.ts';
import { Decoder, HIGH_WORD } from './decode.ts';
import { labelsOfKey, seriesKey } from './labels.ts';
import { Postings } from './postings.ts';
import { isStale, type Labels, type Matcher, type SeriesData, type SeriesReader, setStale } from './series.ts';
import { Slab } from './slab.ts';

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
  readonly samples: number;
  /** The arrays that hold samples, with what is still free in them; not the index. */
  readonly chunkBytes: number;
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
  /** In time order; all before the head. */
  finished: Chunk[];
  /** Grows; empty only while the series is not in the store. */
  readonly head: Encoder;
}

export function createStore({ retentionMs }: StoreOptions): SeriesStore {
  const byKey = new Map<string, Series>();
  const postings = new Postings<Series>();
  const value = new Float64Array(1);
  const valueWords = new Uint32Array(value.buffer);
  const slab = new Slab();

  const open = (labels: Labels): Series => {
    const key = seriesKey(labels);
    const known = byKey.get(key);
    if (known !== undefined) return known;
    return { key, labels: postings.interned(labelsOfKey(key)), finished: [], head: new Encoder() };
  };

  const finish = (series: Series): void => {
    const { firstTime, lastTime, count } = series.head;
    series.finished.push({ ...slab.keep(series.head.written()), count, firstTime, lastTime });
    series.head.clear();
  };

  // The value to append lies in `value`, as bits.
  const appendTo = (series: Series, time: Millis): AppendOutcome => {
    if (!Number.isSafeInteger(time)) throw new RangeError(`a sample's time is a whole number of milliseconds: ${time}`);
    const high = valueWords[HIGH_WORD] as number;
    const low = valueWords[1 - HIGH_WORD] as number;
    const { head } = series;
    if (head.count === 0) {
      byKey.set(series.key, series);
      postings.add(series);
    } else if (time <= head.lastTime) return time === head.lastTime ? 'duplicate' : 'outOfOrder';
    if (!head.append(time, high, low)) {
      finish(series);
      head.append(time, high, low);
    }
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
      if (series.head.count === 0) series = byKey.get(series.key) ?? series;
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
      const decoder = new Decoder();
      const selected: SeriesData[] = [];
      for (const series of postings.find(matchers)) {
        const samples = decoder.decode([...series.finished, series.head], from, to);
        if (samples.times.length > 0) selected.push({ labels: series.labels, ...samples });
      }
      return selected;
    },
    prune: (now) => {
      const oldest = now - retentionMs;
      for (const series of byKey.values()) {
        if (series.head.lastTime < oldest) {
          byKey.delete(series.key);
          postings.remove(series);
          series.finished = [];
          series.head.clear();
        } else if ((series.finished[0]?.lastTime ?? oldest) < oldest) {
          series.finished = series.finished.filter((chunk) => chunk.lastTime >= oldest);
        }
      }
    },
    labelValues: (name) => postings.values(name),
    stats: () => statsOf(byKey.values()),
  };
}

function statsOf(all: Iterable<Series>): StoreStats {
  let [series, samples] = [0, 0];
  // Many chunks lie in one array.
  const arrays = new Set<Uint32Array>();
  for (const { finished, head } of all) {
    series++;
    for (const { count, words } of [...finished, head]) {
      samples += count;
      arrays.add(words);
    }
  }
  const chunkBytes = [...arrays].reduce((sum, { byteLength }) => sum + byteLength, 0);
  return { series, samples, chunkBytes };
}
