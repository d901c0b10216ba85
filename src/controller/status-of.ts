// A release's status as the heart knows it; one that has none yet is where every release begins.
// Never checks it: nobody but this controller writes it. Called by turn.ts and acceptance-turn.ts.
import type { Release } from '../api/release.ts';
import { INITIAL, type ReleaseStatus } from '../release/status.ts';

export const statusOf = (release: Release): ReleaseStatus =>
  (release.status as unknown as ReleaseStatus | undefined) ?? INITIAL;
