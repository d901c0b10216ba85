// How the numbers of comparisons are put into words, for people without a statistics degree.
// Never judges. Called by the gates of this room.
import { formatDuration } from '../../lib/duration.ts';

/** `2.1 %`, `0.031 %`, `0 %`: two digits say enough; the evidence has them all. */
export const percent = (share: number): string => `${short(share * 100)} %`;

/** Of the difference of two shares: `0.2 pp`. */
export const points = (share: number): string => `${short(share * 100)} pp`;

export const times = (factor: number): string => `${Number(factor.toPrecision(3))} times`;

/** Milliseconds to one duration of at most three digits. */
export const millis = (ms: number): string => formatDuration(Number(ms.toPrecision(3)));

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

const short = (value: number): string => String(Number(value.toPrecision(value >= 99.5 ? 3 : 2)));

/** Beyond a million nobody cares. */
const SELDOM = 1e6;

/** `1 of 4,000`: the evidence e^x, rounded down to two digits, as how seldom it appears by chance. */
export function oneOf(logEvidence: number): string {
  const most = Math.min(Math.exp(Math.min(logEvidence, 700)), SELDOM);
  const digits = Math.max(0, Math.floor(Math.log10(Math.max(1, most))) - 1);
  return `1 of ${grouped(Math.floor(most / 10 ** digits) * 10 ** digits)}`;
}

/** A whole number with a comma before each three digits. */
export const grouped = (count: number): string => String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',');

/** `612 mirrored pairs`, `1,204 live requests of the canary`. */
export const requestsSeen = (exposure: string, canary: number): string =>
  exposure === 'mirrored' ? `${grouped(canary)} mirrored pairs` : `${grouped(canary)} live requests of the canary`;
