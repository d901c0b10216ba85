// Whether a status says something that must survive a restart, beyond running totals. Totals are checkpointed now and then:
// a restart adds up again from the checkpoint. Never decides anything. Called by act.

import type { Millis } from '../lib/clock.ts';
import { canonical } from '../lib/fingerprint.ts';
import { fromTime } from '../lib/time.ts';
import type { ReleaseStatus, VerdictRecord } from './status.ts';

/** Running totals are written at least this often; under facts.ts' LONGEST_TURN_MS, or time would be lost. */
const CHECKPOINT_MS = 5_000;

export function mustWrite(before: ReleaseStatus, after: ReleaseStatus, now: Millis): boolean {
  if (lasting(before) !== lasting(after)) return true;
  return before.clock !== undefined && now - fromTime(before.clock.at) >= CHECKPOINT_MS;
}

/** The status without what moves at every turn. */
function lasting(status: ReleaseStatus): string {
  const { clock: _, counts, gates, steps, holding, ...rest } = status;
  const exposure = counts === undefined ? undefined : [counts.exposure, counts.since];
  const records = steps?.map((record) => ({ ...record, gates: record.gates.map(answer) }));
  const held = holding === undefined ? undefined : [holding.since, holding.policy, holding.reason];
  // An API server gives keys back in its own order.
  return canonical([rest, exposure, held, gates?.map(answer), records]);
}

const answer = (verdict: VerdictRecord) => [verdict.gate, verdict.verdict, verdict.reason];
