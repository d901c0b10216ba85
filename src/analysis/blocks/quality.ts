// What samples cannot be: counts that contradict each other. Such a block says nothing of either version, and is told instead.
// Never repairs them. Found by errors.ts and latency.ts, block by block and pod by pod; see statistics.md A6, rule 9.
import type { Millis } from '../../lib/clock.ts';
import { STEPS } from './counter.ts';
import type { Version } from './samples.ts';

export type QualityReason =
  /** More errors than requests. */
  | 'errorsAboveRequests'
  /** Fewer requests up to an upper bound than up to a lower one. */
  | 'bucketsFall'
  /** The last bucket and the count of the same histogram differ. */
  | 'bucketsAndCount';

export interface DataQuality {
  readonly version: Version;
  readonly pod: string;
  readonly from: Millis;
  readonly to: Millis;
  readonly reason: QualityReason;
  /** In words, with the numbers. */
  readonly found: string;
}

/** Each end of a block rounds by half a step; of two numbers, and some to spare. */
const ROUNDING = 4 / STEPS;

export const isAbove = (count: number, most: number): boolean => count > most + ROUNDING;

export const differ = (a: number, b: number): boolean => isAbove(a, b) || isAbove(b, a);

/** For people: at most three decimals. */
export const countText = (count: number): string => String(Number(count.toFixed(3)));
