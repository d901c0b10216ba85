// What a version's pods use of their limits in one block, on average and the worst of them.
// Never judges. Called by saturation-gate.ts.
import type { Block, GaugeCounts, VersionCounts } from '../blocks/blocks.ts';
import type { Limits } from './seen.ts';

export type Resource = 'cpu' | 'memory';

/** Shares of the limit. */
export interface Usage {
  readonly average: number;
  /** Of the pod that uses most. */
  readonly worst: number;
}

/** Of what has a limit, and was measured. */
export type Usages = Readonly<Partial<Record<Resource, Usage>>>;

/** A pod that was there for less of a block says little: CPU comes in bursts. */
const LEAST_PART = 0.5;

export function usagesOf(
  { from, to }: Pick<Block<GaugeCounts>, 'from' | 'to'>,
  version: VersionCounts<GaugeCounts>,
  limits: Limits,
  resources: readonly Resource[],
): Usages {
  const least = (LEAST_PART * (to - from)) / 1000;
  const known = resources.flatMap((resource): [Resource, Usage][] => {
    const shareOf = (counts: GaugeCounts) => shareOfLimit(resource, counts, limits, least);
    const average = shareOf(version);
    if (average === undefined) return [];
    const pods = Object.values(version.pods).map((pod) => shareOf(pod) ?? 0);
    return [[resource, { average: fourDigits(average), worst: fourDigits(Math.max(average, ...pods)) }]];
  });
  return Object.fromEntries(known);
}

function shareOfLimit(
  resource: Resource,
  counts: GaugeCounts,
  limits: Limits,
  leastSeconds: number,
): number | undefined {
  const isCpu = resource === 'cpu';
  const limit = isCpu ? limits.cpuCores : limits.memoryBytes;
  const seconds = isCpu ? counts.cpuPodSeconds : counts.memoryPodSeconds;
  if (limit === undefined || limit <= 0 || seconds < leastSeconds || seconds === 0) return undefined;
  return (isCpu ? counts.cpuSeconds : counts.memoryByteSeconds) / seconds / limit;
}

/** A state is short. */
const fourDigits = (share: number): number => Number(share.toPrecision(4));

/** Of the resource that is nearest to its limit; undefined where nothing is known. */
export function highest(usages: Usages, which: keyof Usage): number | undefined {
  const all = Object.values(usages).map((usage) => usage[which]);
  return all.length === 0 ? undefined : Math.max(...all);
}
