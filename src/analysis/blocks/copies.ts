// How many copies the canary should have had in a block, and how many it had: Istio counts no copy that was never delivered.
// Never says that copies are lost (a gate does, which knows who is mirrored at all). Called by the lost-requests gate.
import type { Millis } from '../../lib/clock.ts';
import type { Block } from './block.ts';
import type { ErrorCounts } from './errors.ts';

/** A time in which a confirmed route copied one share of stable's requests. */
export interface Mirrored {
  readonly from: Millis;
  readonly to: Millis;
  /** 0 … 1. */
  readonly share: number;
}

export interface Copies {
  readonly from: Millis;
  readonly to: Millis;
  /** Stable's requests in the block, and those of them that should have been copied. */
  readonly requests: number;
  readonly expected: number;
  /** What the canary counted. */
  readonly arrived: number;
}

/**
 * Undefined for a block that does not lie wholly in one of these times, or in which one of the versions was not scraped.
 * Copies under way at its ends are in neither count, or in one alone: a few more or less.
 */
export function copiesOf(block: Block<ErrorCounts>, mirrored: readonly Mirrored[]): Copies | undefined {
  const { from, to, canary, stable } = block;
  const one = mirrored.find((time) => time.from <= from && to <= time.to);
  if (one === undefined || isEmpty(canary.pods) || isEmpty(stable.pods)) return undefined;
  const { requests } = stable;
  return { from, to, requests, expected: requests * one.share, arrived: canary.requests };
}

const isEmpty = (pods: Readonly<Record<string, unknown>>): boolean => Object.keys(pods).length === 0;
