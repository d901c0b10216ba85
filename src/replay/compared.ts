// The comparative gates in hindsight: the blocks up to a time, read, cut and folded by the controller's own code.
// Never judges, and knows nothing of the cluster's objects: what these alone tell is not replayed. Called by hindsight.ts.
import { timingOf } from '../analysis/blocks/blocks.ts';
import type { ComparativeGate } from '../analysis/comparative/kinds.ts';
import type { GateVerdict } from '../analysis/gate.ts';
import { pieceOf } from '../controller/compared/looks.ts';
import { readComparisons, type Sources } from '../controller/compared/reading.ts';
import { comparisonVerdicts, foldComparisons } from '../release/comparing.ts';
import type { Seen } from '../release/facts.ts';
import type { Input } from '../release/input.ts';
import type { ActiveStatus } from '../release/status.ts';

/** Containers that began anew are counted by the cluster's objects, not by samples. */
export const isReplayed = ({ kind }: ComparativeGate): boolean => kind !== 'restarts';

export interface ComparedLook {
  /** With all that is known by then. */
  readonly status: ActiveStatus;
  readonly verdicts: readonly GateVerdict[];
}

/** A controller looks again and again; after this it has nothing left to read. */
export async function lookCompared(
  { status: before, ...seen }: Pick<Input, 'status' | 'plan' | 'traffic'> & Seen,
  sources: Sources,
): Promise<ComparedLook> {
  let status = before;
  for (;;) {
    const compared = await readComparisons({ ...seen, status }, sources);
    const input = { ...seen, status, ...(compared && { compared }) };
    const after = foldComparisons(input);
    if (!isBehind(status, after, seen)) return { status: after, verdicts: verdictsOn({ ...input, status: after }) };
    status = after;
  }
}

/** Evidence is shared by all gates of the plan, so that what is asked of each is as it would have been. */
function verdictsOn(input: Parameters<typeof comparisonVerdicts>[0]): readonly GateVerdict[] {
  const replayed = new Set(input.plan.comparative.filter(isReplayed).map(({ name }) => name));
  return comparisonVerdicts(input).filter(({ gate }) => replayed.has(gate));
}

/** Stable's past has just been read, or a piece of what is to be read. */
function isBehind(
  { comparisons: before }: ActiveStatus,
  { comparisons: after }: ActiveStatus,
  { now, settings }: Seen,
): boolean {
  if (after === undefined) return false;
  if (before === undefined) return true;
  const pieceMs = pieceOf(timingOf(settings.scrapeIntervalMs));
  return SORTS.some((sort) => {
    const { at } = before.cursors[sort];
    return after.cursors[sort].at > at && at + pieceMs < now;
  });
}

const SORTS = ['errors', 'latency', 'gauges'] as const;
