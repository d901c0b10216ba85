// Series in memory: append, select, forget after the retention. Two to four bytes a sample on regular scrapes, all told.
// Never scrapes, never looks at a clock: prune(now) is called by whoever fills it. Called by metrics/scrape, metrics/local, tests.
import type { Millis } from '../lib/clock.ts';
import { Blocks } from './blocks.ts';
import { ByLabels } from './by-labels.ts';
import { CHUNK_WORDS, type Chunk, Encoder } from './chunk.ts';
import { Decoder, HIGH_WORD } from './decode.ts';
import { labelsOfKey, seriesKey } from './labels.ts';
import { Postings } from './postings.ts';
import { isStale, type Labels, type Matcher, type SeriesData, type SeriesReader, setStale } from './series.ts';
import { type ChunkId, Slab } from './slab.ts';

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
  readonly labels: Labels;
  /** In time order; all before the head. */
  finished: readonly ChunkId[];
  /** Grows; empty only while the series is not in the store. */
  readonly head: Encoder;
  next: Series | undefined;
}

const NONE: readonly ChunkId[] = [];

export function createStore({ retentionMs }: StoreOptions): SeriesStore {
  const known = new ByLabels<Series>();
  const postings = new Postings<Series>();
  const value = new Float64Array(1);
  const valueWords = new Uint32Array(value.buffer);
  const slab = new Slab();
  const blocks = new Blocks();
  // What a head holds, one series at a time.
  const room = new Uint32Array(CHUNK_WORDS);

  const open = (labels: Labels): Series =>
    known.get(labels) ?? {
      labels: postings.interned(labelsOfKey(seriesKey(labels))),
      finished: NONE,
      head: new Encoder(blocks),
      next: undefined,
    };

  const finish = (series: Series): void => {
    // A new array each time: one that grows keeps room for more than most series ever have.
    const { head } = series;
    series.finished = [...series.finished, slab.keep(head, room.subarray(0, head.copyTo(room)))];
    head.clear();
  };

  /** But for the index, from which all are taken at once. */
  const forget = (series: Series): void => {
    known.remove(series);
    for (const chunk of series.finished) slab.drop(chunk);
    series.finished = NONE;
    series.head.clear();
  };

  /** To be read at once: the last one lies in `room`. */
  const chunksWithin = ({ finished, head }: Series, from: Millis, to: Millis): readonly Chunk[] => {
    const chunks: Chunk[] = [];
    for (const id of finished) if (slab.lastTime(id) >= from && slab.firstTime(id) <= to) chunks.push(slab.at(id));
    if (head.count > 0 && head.lastTime >= from && head.firstTime <= to) chunks.push(head.chunk(room));
    return chunks;
  };

  // The value to append lies in `value`, as bits.
  const appendTo = (series: Series, time: Millis): AppendOutcome => {
    if (!Number.isSafeInteger(time)) throw new RangeError(`a sample's time is a whole number of milliseconds: ${time}`);
    const high = valueWords[HIGH_WORD] as number;
    const low = valueWords[1 - HIGH_WORD] as number;
    const { head } = series;
    if (head.count === 0) {
      known.add(series);
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
      if (series.head.count === 0) series = known.get(series.labels) ?? series;
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
        const samples = decoder.decode(chunksWithin(series, from, to), from, to);
        if (samples.times.length > 0) selected.push({ labels: series.labels, ...samples });
      }
      return selected;
    },
    prune: (now) => {
      const oldest = now - retentionMs;
      const gone = new Set<Series>();
      for (const series of known.values()) {
        const { finished, head } = series;
        if (head.lastTime < oldest) {
          forget(series);
          gone.add(series);
          continue;
        }
        const kept = finished.findIndex((chunk) => slab.lastTime(chunk) >= oldest);
        const expired = kept < 0 ? finished.length : kept;
        if (expired === 0) continue;
        for (const chunk of finished.slice(0, expired)) slab.drop(chunk);
        series.finished = finished.slice(expired);
      }
      if (gone.size > 0) postings.remove(gone);
    },
    labelValues: (name) => postings.values(name),
    stats: () => {
      const stats = { series: 0, samples: 0, chunkBytes: slab.bytes + blocks.bytes };
      for (const { finished, head } of known.values()) {
        stats.series += 1;
        stats.samples += finished.reduce((sum, chunk) => sum + slab.at(chunk).count, head.count);
      }
      return stats;
    },
  };
}
