// Durations as Prometheus' own files write them: units from years to milliseconds, the larger first, no fractions.
// Never accepts a bare number but 0. Called by decode.ts. Source: prometheus/common, model.ParseDuration.

const UNITS: readonly (readonly [string, number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

const WHOLE = /^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/;
const PART = /(\d+)(ms|[ywdhms])/g;

/** 2^63 nanoseconds. */
const LONGEST_MS = 2 ** 63 / 1e6;

/** Milliseconds; undefined for what is no duration, or one of more than 292 years. */
export function parsePrometheusDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (text === '' || !WHOLE.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART))
    total += Number(amount) * (UNITS.find(([name]) => name === unit)?.[1] ?? Number.NaN);
  return total <= LONGEST_MS ? total : undefined;
}

/** The text that Prometheus prints: `1h30m`, `90s` as `1m30s`, `0s`. */
export function formatPrometheusDuration(ms: number): string {
  if (ms <= 0) return '0s';
  let rest = Math.round(ms);
  let text = '';
  for (const [unit, size] of UNITS) {
    // Years and weeks only where they leave nothing: 90d reads better than 12w6d.
    if ((unit === 'y' || unit === 'w') && rest % size !== 0) continue;
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}
