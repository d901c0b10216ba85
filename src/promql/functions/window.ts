// A series' samples as range functions see them: the whole track that a pass has read, and windows sliding over it.
// Never copies samples. Made by select.ts; read by the function families.
import type { Millis } from '../../lib/clock.ts';
import type { Labels, SeriesData } from '../../series/series.ts';

/** One series' samples without staleness markers, and what is worked out about them only once. */
export class Track implements SeriesData {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
  private known: readonly number[] | undefined;

  constructor({ labels, times, values }: SeriesData) {
    this.labels = labels;
    this.times = times;
    this.values = values;
  }

  /** Where a value is less than the one before it; of a counter, where it was reset. Indices in order, mostly none. */
  get falls(): readonly number[] {
    this.known ??= fallsOf(this.values);
    return this.known;
  }
}

function fallsOf(values: Float64Array): readonly number[] {
  const falls: number[] = [];
  for (let i = 1; i < values.length; i += 1) if ((values[i] as number) < (values[i - 1] as number)) falls.push(i);
  return falls;
}

/** A track's samples in the left-open window (from, to], at least one: those of the indices `first` ≤ i < `end`. */
export class Window {
  readonly track: Track;
  readonly first: number;
  readonly end: number;
  readonly from: Millis;
  readonly to: Millis;
  readonly rangeMs: number;

  constructor(track: Track, [first, end]: readonly [number, number], from: Millis, to: Millis, rangeMs: number) {
    this.track = track;
    this.first = first;
    this.end = end;
    this.from = from;
    this.to = to;
    this.rangeMs = rangeMs;
  }

  get labels(): Labels {
    return this.track.labels;
  }
  get count(): number {
    return this.end - this.first;
  }
  /** Views into the track: never written to. Making one takes longer than reading a few samples by their index. */
  get times(): Float64Array {
    return this.track.times.subarray(this.first, this.end);
  }
  get values(): Float64Array {
    return this.track.values.subarray(this.first, this.end);
  }

  /** The time and value of a sample, counted from the window's first, or from its last with a negative number. */
  timeAt(index: number): Millis {
    return this.track.times[index < 0 ? this.end + index : this.first + index] ?? Number.NaN;
  }
  valueAt(index: number): number {
    return this.track.values[index < 0 ? this.end + index : this.first + index] ?? Number.NaN;
  }

  /** How much higher the last value is than the first. */
  get grown(): number {
    return this.valueAt(-1) - this.valueAt(0);
  }

  /** The same of a counter, with what it had reached before each reset. Added up in Prometheus' order, for infinities' sake. */
  get counted(): number {
    const { values, falls } = this.track;
    let { grown } = this;
    for (const index of falls) {
      if (index >= this.end) break;
      if (index > this.first) grown += values[index - 1] ?? 0;
    }
    return grown;
  }
}
