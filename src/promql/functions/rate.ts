// How fast values change: rate, increase and delta with extrapolation to the window's edges, irate and idelta without.
// Semantics: Prometheus 3, promql/functions.go, extrapolatedRate and instantValue. Called through functions/table.ts.
import { labelValue, NAME } from '../../series/labels.ts';
import type { Window } from './function.ts';
import { overWindow, type WindowNote } from './shapes.ts';

/** `counter`: a fall is a reset to zero. `perSecond`: divided by the window's length. */
interface Kind {
  readonly counter: boolean;
  readonly perSecond: boolean;
}

/** A gap at the window's edge of up to this many average spacings is bridged; a series may just not have begun there. */
const BRIDGED_SPACINGS = 1.1;

function extrapolated({ times, values, from, to, rangeMs }: Window, { counter, perSecond }: Kind): number | undefined {
  const last = times.length - 1;
  if (last < 1) return undefined;
  const firstTime = times[0] ?? 0;
  const lastTime = times[last] ?? 0;
  const firstValue = values[0] ?? 0;
  const grown = (values[last] ?? 0) - firstValue + (counter ? lostInResets(values) : 0);
  const sampled = (lastTime - firstTime) / 1000;
  const spacing = sampled / last;
  const bridge = (gapMs: number): number => (gapMs / 1000 >= spacing * BRIDGED_SPACINGS ? spacing / 2 : gapMs / 1000);
  let toStart = bridge(firstTime - from);
  // A counter was never negative: do not extrapolate past the point where it would have been zero.
  if (counter && grown > 0 && firstValue >= 0) toStart = Math.min(toStart, sampled * (firstValue / grown));
  const factor = sampled === 0 ? 1 : (sampled + toStart + bridge(to - lastTime)) / sampled;
  return grown * (perSecond ? factor / (rangeMs / 1000) : factor);
}

/** What a counter had reached before each reset. */
function lostInResets(values: Float64Array): number {
  let lost = 0;
  let previous = values[0] ?? 0;
  for (const value of values) {
    if (value < previous) lost += previous;
    previous = value;
  }
  return lost;
}

/** From the last two samples alone. */
function instantaneous({ times, values }: Window, { counter, perSecond }: Kind): number | undefined {
  const last = times.length - 1;
  if (last < 1) return undefined;
  const [before, now] = [values[last - 1] ?? 0, values[last] ?? 0];
  const change = counter && now < before ? now : now - before;
  return perSecond ? change / (((times[last] ?? 0) - (times[last - 1] ?? 0)) / 1000) : change;
}

const noteGauge: WindowNote = (notes, { labels }, _, [range]) => {
  if (range !== undefined) notes.perhapsNoCounter(labelValue(labels, NAME), range);
};

export const rate = overWindow((window) => extrapolated(window, { counter: true, perSecond: true }), {
  note: noteGauge,
});
export const increase = overWindow((window) => extrapolated(window, { counter: true, perSecond: false }), {
  note: noteGauge,
});
export const delta = overWindow((window) => extrapolated(window, { counter: false, perSecond: false }));
export const irate = overWindow((window) => instantaneous(window, { counter: true, perSecond: true }));
export const idelta = overWindow((window) => instantaneous(window, { counter: false, perSecond: false }));
