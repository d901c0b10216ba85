// Mathematics on each sample of an instant vector; the metric's name is dropped.
// Semantics: Go's math package, which differs from JavaScript's in some NaN cases (numbers.ts). Called through functions/table.ts.
import { larger, smaller } from '../numbers.ts';
import { perSample, perSampleWith } from './shapes.ts';

export const abs = perSample(Math.abs);
export const ceil = perSample(Math.ceil);
export const floor = perSample(Math.floor);
export const exp = perSample(Math.exp);
export const ln = perSample(Math.log);
export const log2 = perSample(Math.log2);
export const log10 = perSample(Math.log10);
export const sqrt = perSample(Math.sqrt);
export const sgn = perSample((value) => (value < 0 ? -1 : value > 0 ? 1 : value));

/** To the nearest multiple, ties upwards. The inverse is multiplied with since that loses less. */
export const round = perSampleWith(1, 1, ([nearest = 1]) => {
  const inverse = 1 / nearest;
  return (value) => Math.floor(value * inverse + 0.5) / inverse;
});

const clamped = (least: number, most: number): ((value: number) => number) | undefined =>
  most < least ? undefined : (value) => larger(least, smaller(most, value));

export const clamp = perSampleWith(2, 0, ([least = Number.NaN, most = Number.NaN]) => clamped(least, most));
export const clampMin = perSampleWith(1, 0, ([least = Number.NaN]) => clamped(least, Number.POSITIVE_INFINITY));
export const clampMax = perSampleWith(1, 0, ([most = Number.NaN]) => clamped(Number.NEGATIVE_INFINITY, most));
