// Collects samples in any order, from any number of files, into series: sorted, each time once, ends of series marked.
// Never reads a file. Called by recording.ts and matrix.ts.
import type { Millis } from '../lib/clock.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { formatSeries } from '../series/exposition.ts';
import { labelsOfKey, seriesKey } from '../series/labels.ts';
import { type Labels, type SeriesData, setStale } from '../series/series.ts';

/** One series, found once and then added to. */
export interface Track {
  add(time: Millis, value: number): void;
}

export interface Recorder {
  track(labels: Labels): Track;
  /** SRN1907 for a series with two values at one time, or at a time that is none. */
  series(): Result<readonly SeriesData[]>;
}

export function createRecorder(): Recorder {
  const tracks = new Map<string, Growing>();
  return {
    track: (labels) => {
      const key = seriesKey(labels);
      const known = tracks.get(key) ?? new Growing(labelsOfKey(key));
      tracks.set(key, known);
      return known;
    },
    series: () => {
      const read = [...tracks.values()].filter(({ length }) => length > 0).map(finished);
      const problems = read.flatMap((one) => (one.ok ? [] : one.problems));
      return problems.length > 0 ? failed(...problems) : ok(read.flatMap((one) => (one.ok ? [one.value] : [])));
    },
  };
}

class Growing implements Track {
  readonly labels: Labels;
  times = new Float64Array(64);
  values = new Float64Array(64);
  length = 0;
  inOrder = true;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  add(time: Millis, value: number): void {
    if (this.length === this.times.length) {
      this.times = grown(this.times);
      this.values = grown(this.values);
    }
    if (this.length > 0 && time <= (this.times[this.length - 1] as number)) this.inOrder = false;
    this.times[this.length] = time;
    this.values[this.length++] = value;
  }
}

function grown(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}

function finished(track: Growing): Result<SeriesData> {
  const { labels, length } = track;
  let [times, values] = [track.times.slice(0, length), track.values.slice(0, length)];
  const never = times.find((time) => !(Math.abs(time) <= LATEST));
  if (never !== undefined) return failed(noTime(labels, never));
  if (!track.inOrder) {
    const order = Uint32Array.from(times.keys()).sort((a, b) => (times[a] as number) - (times[b] as number));
    const same = order.findIndex((at, index) => index > 0 && differs(times, values, order[index - 1] as number, at));
    if (same >= 0) return failed(twice(labels, times[order[same] as number] as number));
    const once = order.filter((at, index) => index === 0 || times[at] !== times[order[index - 1] as number]);
    [times, values] = [
      Float64Array.from(once, (at) => times[at] as number),
      Float64Array.from(once, (at) => values[at] as number),
    ];
  }
  markEnds(values);
  return ok({ labels, times, values });
}

/** Milliseconds either side of 1970 that have a date (ECMA-262, 21.4.1.1). */
const LATEST = 8.64e15;

const noTime = (labels: Labels, time: Millis): Problem => ({
  code: 'SRN1907',
  place: {},
  message: `a series has a sample at ${time} ms since 1970, which no calendar knows`,
  found: formatSeries(labels),
  accepted: 'times in seconds in OpenMetrics and JSON, in milliseconds in the text format',
});

const differs = (times: Float64Array, values: Float64Array, a: number, b: number): boolean =>
  times[a] === times[b] && !Object.is(values[a], values[b]);

const twice = (labels: Labels, time: Millis): Problem => ({
  code: 'SRN1907',
  place: {},
  message: `a series has two different values at ${new Date(time).toISOString()}`,
  found: formatSeries(labels),
  accepted: 'recordings of one Prometheus, or with a label that tells several apart',
});

/**
 * Text has one NaN for all: a staleness marker comes out as an ordinary one. Prometheus writes one marker when a series ends,
 * so that a NaN alone is taken for it; a series that exports NaN does so several times in a row.
 */
function markEnds(values: Float64Array): void {
  for (let index = 0; index < values.length; index++) {
    if (!Number.isNaN(values[index])) continue;
    let end = index + 1;
    while (end < values.length && Number.isNaN(values[end])) end++;
    if (end === index + 1) setStale(values, index);
    index = end;
  }
}
