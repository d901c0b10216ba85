// The block: a closed interval of the common grid in which both versions are compared, with what each counted, pod by pod.
// Never says what may be concluded from it. Made by errors.ts, latency.ts and gauges.ts; read by gates and by stats.
import type { Millis } from '../../lib/clock.ts';
import type { ClosedSpan, PodSpans } from './closing.ts';
import type { Waiting } from './cuts.ts';
import type { DataQuality } from './quality.ts';
import type { OfVersions, Version } from './samples.ts';
import type { Span } from './target.ts';
import type { Cursor } from './timing.ts';

/** A version's counts in all, and of each of its pods that were there. A version with no pods has no samples. */
export type VersionCounts<Counts> = Counts & { readonly pods: Readonly<Record<string, Counts>> };

/** (from, to], milliseconds on the grid; longer than the grid's step where scrapes were missing. */
export interface Block<Counts> extends OfVersions<VersionCounts<Counts>> {
  readonly from: Millis;
  readonly to: Millis;
}

/** What a look at the samples gives: the blocks that have closed since the cursor, and where to go on from. */
export interface Look<Counts, Place extends Cursor = Cursor> {
  readonly blocks: readonly Block<Counts>[];
  /** Blocks that are not among them, since what was counted cannot be. */
  readonly faults: readonly DataQuality[];
  /** For whom the next block waits. */
  readonly waiting: readonly Waiting[];
  readonly cursor: Place;
}

/** What the classes of one kind of block mean. */
export interface Meaning<Counts> {
  /** Of one pod, feed by feed. */
  counts(spans: readonly Span[]): Counts;
  sum(all: readonly Counts[]): Counts;
  /** What is wrong with one pod's counts. */
  fault(spans: readonly Span[]): Pick<DataQuality, 'reason' | 'found'> | undefined;
}

/** One fault discards the block in both versions. */
export function read<Counts>(
  closed: readonly ClosedSpan[],
  meaning: Meaning<Counts>,
): Pick<Look<Counts>, 'blocks' | 'faults'> {
  const faults = closed.flatMap((span) => [...faultsOf('canary', span, meaning), ...faultsOf('stable', span, meaning)]);
  const discarded = new Set(faults.map(({ from }) => from));
  const blocks = closed
    .filter(({ from }) => !discarded.has(from))
    .map(({ from, to, canary, stable }) => ({
      from,
      to,
      canary: versionOf(canary, meaning),
      stable: versionOf(stable, meaning),
    }));
  return { blocks, faults };
}

function faultsOf<Counts>(version: Version, span: ClosedSpan, meaning: Meaning<Counts>): readonly DataQuality[] {
  return [...span[version]].flatMap(([pod, spans]) => {
    const fault = meaning.fault(spans);
    return fault === undefined ? [] : [{ version, pod, from: span.from, to: span.to, ...fault }];
  });
}

const versionOf = <Counts>(spans: PodSpans, { counts, sum }: Meaning<Counts>): VersionCounts<Counts> =>
  together(Object.fromEntries([...spans].map(([pod, each]) => [pod, counts(each)])), sum);

/** A version's counts from its pods'. */
export const together = <Counts>(
  pods: Readonly<Record<string, Counts>>,
  sum: Meaning<Counts>['sum'],
): VersionCounts<Counts> => ({ ...sum(Object.values(pods)), pods });

/** The same block as if one pod had not been there: what is found without it is not of that pod alone. */
export function withoutPod<Counts>(
  block: Block<Counts>,
  version: Version,
  pod: string,
  sum: Meaning<Counts>['sum'],
): Block<Counts> {
  const { [pod]: _, ...others } = block[version].pods;
  return { ...block, [version]: together(others, sum) };
}
