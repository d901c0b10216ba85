// Mathematics on each sample of an instant vector; the metric's name is dropped.
// Semantics: Go's math package, which differs from JavaScript's in some NaN cases (numbers.ts). Called through functions/table.ts.
import { larger, smaller } from '../numbers.ts';
import type { PromqlFunction } from './function.ts';
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

export const sin = perSample(Math.sin);
export const cos = perSample(Math.cos);
export const tan = perSample(Math.tan);
export const asin = perSample(Math.asin);
export const acos = perSample(Math.acos);
export const atan = perSample(Math.atan);
// Go takes half of e^x, which overflows a little earlier than these do themselves.
const farOut = (value: number): boolean => Math.exp(Math.abs(value)) === Number.POSITIVE_INFINITY;
export const sinh = perSample((value) =>
  farOut(value) ? Math.sign(value) * Number.POSITIVE_INFINITY : Math.sinh(value),
);
export const cosh = perSample((value) => (farOut(value) ? Number.POSITIVE_INFINITY : Math.cosh(value)));
export const tanh = perSample(Math.tanh);
export const asinh = perSample(Math.asinh);
export const acosh = perSample(Math.acosh);
export const atanh = perSample(Math.atanh);
export const deg = perSample((value) => (value * 180) / Math.PI);
export const rad = perSample((value) => (value * Math.PI) / 180);

export const pi: PromqlFunction = { args: [], returns: 'scalar', compute: () => ({ kind: 'scalar', value: Math.PI }) };

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
