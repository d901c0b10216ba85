// How fast values change: rate, increase and delta with extrapolation to the window's edges, irate and idelta without.
// Semantics: Prometheus 3, promql/functions.go, extrapolatedRate and instantValue. Called through functions/table.ts.
import { labelValue, NAME } from '../../series/labels.ts';
import { overWindow, type WindowNote } from './shapes.ts';
import type { Window } from './window.ts';

/** `counter`: a fall is a reset to zero. `perSecond`: divided by the window's length. */
interface Kind {
  readonly counter: boolean;
  readonly perSecond: boolean;
}

/** A gap at the window's edge of up to this many average spacings is bridged; a series may just not have begun there. */
const BRIDGED_SPACINGS = 1.1;

function extrapolated(window: Window, { counter, perSecond }: Kind): number | undefined {
  const spacings = window.count - 1;
  if (spacings < 1) return undefined;
  const [firstTime, lastTime, firstValue] = [window.timeAt(0), window.timeAt(-1), window.valueAt(0)];
  const grown = counter ? window.counted : window.grown;
  const sampled = (lastTime - firstTime) / 1000;
  const spacing = sampled / spacings;
  let toStart = bridged((firstTime - window.from) / 1000, spacing);
  // A counter was never negative: do not extrapolate past the point where it would have been zero.
  if (counter && grown > 0 && firstValue >= 0) toStart = Math.min(toStart, sampled * (firstValue / grown));
  const toEnd = bridged((window.to - lastTime) / 1000, spacing);
  const factor = sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
  return grown * (perSecond ? factor / (window.rangeMs / 1000) : factor);
}

const bridged = (gap: number, spacing: number): number => (gap >= spacing * BRIDGED_SPACINGS ? spacing / 2 : gap);

/** From the last two samples alone. */
function instantaneous(window: Window, { counter, perSecond }: Kind): number | undefined {
  if (window.count < 2) return undefined;
  const [before, now] = [window.valueAt(-2), window.valueAt(-1)];
  const change = counter && now < before ? now : now - before;
  return perSecond ? change / ((window.timeAt(-1) - window.timeAt(-2)) / 1000) : change;
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
