// A release's status as the heart knows it; one that has none yet is where every release begins.
// Never checks it: nobody but Serin writes it. Called by whoever reads a Release: turns, operator, drive, commands.
import { canBeOpened } from '../analysis/comparative/stored.ts';
import { INITIAL, type ReleaseStatus } from '../release/status.ts';

export function statusOf({ status }: { readonly status?: unknown }): ReleaseStatus {
  const known = (status as ReleaseStatus | undefined) ?? INITIAL;
  const { comparisons, ...others } = known;
  // Of a version that counted otherwise: what the canary's exposure has shown is read from the metrics again.
  return comparisons === undefined || canBeOpened(comparisons) ? known : others;
}
