// The storage of one test: samples come in as its time goes on, and rules write into it, as into Prometheus' own.
// Never evaluates. Called by run.ts and by rules/.
import type { Millis } from '../lib/clock.ts';
import { seriesKey } from '../series/labels.ts';
import type { Labels, SeriesReader } from '../series/series.ts';
import { createStore } from '../series/store.ts';
import { type InputSeries, samplesOf, type TimedValue } from './notation/series.ts';

export interface World {
  readonly reader: SeriesReader;
  /** Lets in the input's samples up to a time, which only goes on. */
  loadUntil(time: Millis): void;
  /** What keeps a sample from being written, in Prometheus' words; undefined when nothing does. */
  write(labels: Labels, time: Millis, value: number | 'stale'): string | undefined;
}

interface Pending {
  readonly labels: Labels;
  readonly rest: Iterator<TimedValue>;
  next: IteratorResult<TimedValue>;
}

const FOREVER = Number.MAX_SAFE_INTEGER;

export function createWorld(input: readonly InputSeries[], start: Millis, intervalMs: number): World {
  const store = createStore({ retentionMs: FOREVER });
  const last = new Map<string, TimedValue>();
  const pending = input.map((series): Pending => {
    const rest = samplesOf(series, start, intervalMs);
    return { labels: series.labels, rest, next: rest.next() };
  });
  const write: World['write'] = (labels, at, value) => {
    const key = seriesKey(labels);
    const before = last.get(key);
    if (before !== undefined && at < before.at) return 'out of order sample';
    if (before !== undefined && at === before.at)
      return Object.is(before.value, value) ? undefined : 'duplicate sample for timestamp';
    if (value === 'stale') store.appendStale(labels, at);
    else store.append(labels, at, value);
    last.set(key, { at, value });
    return undefined;
  };
  return {
    reader: store,
    write,
    loadUntil: (time) => {
      for (const one of pending)
        for (; one.next.done !== true && one.next.value.at <= time; one.next = one.rest.next())
          write(one.labels, one.next.value.at, one.next.value.value);
    },
  };
}
