// A release's status as the heart knows it; one that has none yet is where every release begins.
// Never checks it: nobody but Serin writes it. Called by whoever reads a Release: turns, operator, drive, commands.
import { INITIAL, type ReleaseStatus } from '../release/status.ts';

export const statusOf = ({ status }: { readonly status?: unknown }): ReleaseStatus =>
  (status as ReleaseStatus | undefined) ?? INITIAL;
