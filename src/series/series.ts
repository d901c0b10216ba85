// The shapes of samples and series, and the one interface through which anything reads them.
// Never stores or fetches: stores implement SeriesReader, sources fill stores. Imported by promql, analysis, metrics, kubelet, mesh.
import type { Millis } from '../lib/clock.ts';

/** Label names to values, the metric name under `__name__`. No empty values: an absent label and an empty one are the same. */
export type Labels = Readonly<Record<string, string>>;

export type MatchOp = '=' | '!=' | '=~' | '!~';

/** One label matcher of a selector; the metric name is a matcher on `__name__`. Regexes are RE2, anchored at both ends. */
export interface Matcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
}

/** One series' samples in time order. `times` in ms; a staleness marker is the NaN with Prometheus' bit pattern (`isStale`). */
export interface SeriesData {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export interface SeriesReader {
  /** All series that match, with their samples of `from` ≤ t ≤ `to` (closed; may be empty of samples only if left out). */
  select(matchers: readonly Matcher[], from: Millis, to: Millis): readonly SeriesData[];
}

// Prometheus, model/value/value.go: StaleNaN = 0x7ff0000000000002. JavaScript may normalise a NaN's payload whenever it
// passes through a number, so the marker is written and read as two 32-bit words and never leaves the array.
const STALE_HIGH = 0x7ff00000;
const STALE_LOW = 2;
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

const words = (values: Float64Array): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, values.length * 2);

export function setStale(values: Float64Array, index: number): void {
  const view = words(values);
  view[index * 2 + HIGH] = STALE_HIGH;
  view[index * 2 + (1 - HIGH)] = STALE_LOW;
}

export function isStale(values: Float64Array, index: number): boolean {
  if (!Number.isNaN(values[index])) return false;
  const view = words(values);
  return view[index * 2 + HIGH] === STALE_HIGH && view[index * 2 + (1 - HIGH)] === STALE_LOW;
}
