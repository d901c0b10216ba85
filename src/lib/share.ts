// A share of traffic as an exact decimal: "0.1%" is 1/1000, never 0.001000…02.
// Never rounds; finer than 0.0001 % is refused, since Envoy's mirror fraction ends there. Called by api, release, routing.

/** Parts per million of the whole, an integer 0 … 1_000_000. Envoy's own denominator (RuntimeFractionalPercent MILLION). */
export type Share = number & { readonly __share: true };

const PPM = 1_000_000;
const PERCENT = /^(\d{1,3})(?:\.(\d{1,4}))?%$/;

export const share = (ppm: number): Share => {
  if (!Number.isInteger(ppm) || ppm < 0 || ppm > PPM)
    throw new RangeError(`a share is 0 … ${PPM} parts per million, not ${ppm}`);
  return ppm as Share;
};

export const NONE = share(0);
export const ALL = share(PPM);

/** "0.1%" → 1000 ppm; undefined when it is no percentage between 0 % and 100 % with at most four decimals. */
export function parseShare(text: string): Share | undefined {
  const match = PERCENT.exec(text);
  if (match === null) return undefined;
  const ppm = Number(match[1]) * 10_000 + Number((match[2] ?? '').padEnd(4, '0'));
  return ppm > PPM ? undefined : share(ppm);
}

/** The exact text: 1000 → "0.1%". */
export function formatShare(value: Share): string {
  const fraction = String(value % 10_000)
    .padStart(4, '0')
    .replace(/0+$/, '');
  return `${Math.floor(value / 10_000)}${fraction === '' ? '' : `.${fraction}`}%`;
}

/** As a number 0 … 1, for arithmetic on rates. */
export const fraction = (value: Share): number => value / PPM;

/** As a percent 0 … 100, for Istio's `mirrorPercentage.value`. */
export const percent = (value: Share): number => value / 10_000;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/**
 * The smallest weight total that expresses every given share as an integer (the least common denominator of a plan):
 * shares 0.1 %, 10 %, 50 % → 1000. At least 100, so that people read percents where they can.
 */
export function weightTotal(shares: readonly Share[]): number {
  const lcm = (a: number, b: number) => (a / gcd(a, b)) * b;
  return shares.map((value) => PPM / gcd(PPM, value === 0 ? PPM : value)).reduce(lcm, 100);
}
