// Closed blocks of one span joined to blocks that are long enough for a test of gauges, and what each version used in them.
// Never compares. Called by gauge-gate.ts.
import type { Millis } from '../../lib/clock.ts';
import type { Block, GaugeCounts, OfVersions, VersionCounts } from '../blocks/blocks.ts';
import { sixDigits } from './brief.ts';
import type { Compared } from './exposure.ts';
import type { CpuPerRequestGate, MemoryGate } from './kinds.ts';

export type GaugeKind = (CpuPerRequestGate | MemoryGate)['kind'];

/** CPU seconds and requests; bytes × seconds and the pods' seconds. A pair, since it goes into a status. */
export type Amount = readonly [used: number, per: number];

export interface Joined extends OfVersions<Amount> {
  readonly from: Millis;
  /** Of the canary's, if each of its pods got as much as one of stable's: requests (or the pods' seconds). */
  readonly even: number;
}

export const meanUse = ([used, per]: Amount): number | undefined => (used > 0 && per > 0 ? used / per : undefined);

export const added = (one: Amount | undefined, [used, per]: Amount): Amount => [
  sixDigits((one?.[0] ?? 0) + used),
  sixDigits((one?.[1] ?? 0) + per),
];

/** With one more block; what was pending of an earlier span is dropped. Undefined where nothing of the canary was measured. */
export function joinedWith(
  kind: GaugeKind,
  pending: Joined | undefined,
  { block, span }: Compared<GaugeCounts>,
): Joined | undefined {
  const [canary, stable] = [usedIn(kind, block, block.canary), usedIn(kind, block, block.stable)];
  if (canary.podSeconds === 0) return undefined;
  const known = pending !== undefined && span.from <= pending.from ? pending : undefined;
  const even = stable.podSeconds === 0 ? 0 : (stable.amount[1] * canary.podSeconds) / stable.podSeconds;
  return {
    from: known?.from ?? block.from,
    canary: added(known?.canary, canary.amount),
    stable: added(known?.stable, stable.amount),
    even: sixDigits((known?.even ?? 0) + even),
  };
}

/** Fewer requests make a ratio of means that is too high on average, by 1/(2·requests) and more: 30 make it 2 %. */
const FEWEST_REQUESTS = 30;

export interface Long {
  readonly blockMs: number;
  /** Stable's requests count as well. */
  readonly isCompared: boolean;
}

export function isLongEnough(kind: GaugeKind, joined: Joined, to: Millis, { blockMs, isCompared }: Long): boolean {
  if (to - joined.from < blockMs) return false;
  const [canary, stable] = [joined.canary[1], joined.stable[1]];
  return kind === 'memory' || (isCompared ? Math.min(canary, stable) : canary) >= FEWEST_REQUESTS;
}

interface Used {
  readonly amount: Amount;
  readonly podSeconds: number;
}

function usedIn(kind: GaugeKind, { from, to }: Block<GaugeCounts>, version: VersionCounts<GaugeCounts>): Used {
  if (kind === 'memory') {
    const { memoryByteSeconds, memoryPodSeconds } = version;
    return { amount: [memoryByteSeconds, memoryPodSeconds], podSeconds: memoryPodSeconds };
  }
  // CPU is known from a pod's second sample on, its requests from its start: only pods that were known throughout.
  const pods = Object.values(version.pods).filter(({ cpuPodSeconds }) => Math.round(cpuPodSeconds * 1000) >= to - from);
  const sum = (name: keyof GaugeCounts) => pods.reduce((total, pod) => total + pod[name], 0);
  // Where callers count the requests, they stand with no pod of the version.
  const requests = sum('requests') || (pods.length > 0 ? version.requests : 0);
  return { amount: [sum('cpuSeconds'), requests], podSeconds: sum('cpuPodSeconds') };
}
