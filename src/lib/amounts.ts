// How the numbers of comparisons are put into words, for people without a statistics degree: the same in sentences, reports and tables.
// Never judges. Called by analysis, report and drive.
import { formatDuration } from './duration.ts';

/** `2.1 %`, `0.031 %`, `0 %`: two digits say enough; the evidence has them all. */
export const percent = (share: number): string => `${short(share * 100)} %`;

/** Of the difference of two shares: `0.2 pp`. */
export const points = (share: number): string => `${short(share * 100)} pp`;

export const times = (factor: number): string => `${Number(factor.toPrecision(3))} times`;

/** Of milliseconds, to three digits: `0.41 ms`, `214 ms`, `1.5 s`, `2m30s`. */
export function millis(ms: number): string {
  const shown = Number(ms.toPrecision(3));
  if (shown < 1000) return `${shown} ms`;
  return shown < 60_000 ? `${shown / 1000} s` : formatDuration(shown);
}

/** CPU of one request: `12 ms`, `0.35 ms`, `1.2 s`. */
export const cpuTime = (seconds: number): string =>
  seconds < 1 ? `${short(seconds * 1000)} ms` : `${short(seconds)} s`;

const BINARY = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Of memory: `512 MiB`, `1.5 GiB`. */
export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(BINARY.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${BINARY[power]}`;
}

/** Of restarts: `0.5 an hour and pod`. */
export const hourly = (perHour: number): string => `${short(perHour)} an hour and pod`;

const short = (value: number): string => String(Number(value.toPrecision(Math.abs(value) >= 99.5 ? 3 : 2)));

/** Beyond a million nobody cares. */
const SELDOM = 1e6;
/** What a logarithm and its way back lose: `1 of 100` must not become `1 of 99`. */
const ROUNDING = 1 + 1e-9;

/** `1 of 4,000`: the evidence e^x, rounded down to two digits, as how seldom it appears by chance. */
export function oneOf(logEvidence: number): string {
  const most = Math.min(Math.exp(Math.min(logEvidence, 700)) * ROUNDING, SELDOM);
  const digits = Math.max(0, Math.floor(Math.log10(Math.max(1, most))) - 1);
  return `1 of ${grouped(Math.floor(most / 10 ** digits) * 10 ** digits)}`;
}

/** A whole number with a comma before each three digits. */
export const grouped = (count: number): string => String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',');

/** Of a projected count: exact below a thousand, two digits above; `870`, `1,300`. */
export const roughly = (count: number): string =>
  grouped(count < 1000 ? Math.ceil(count) : Number(count.toPrecision(2)));
