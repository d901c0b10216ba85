// Whether a status says something that must survive a restart, beyond running totals. Totals are checkpointed now and then:
// a restart adds up again from the checkpoint. Never decides anything. Called by act.
import type { Millis } from '../lib/clock.ts';
import { canonical } from '../lib/fingerprint.ts';
import { fromTime } from '../lib/time.ts';
import type { ReleaseStatus, VerdictRecord } from './status.ts';

/**
 * Running totals are written at least this often where every turn begins from what is written: under facts.ts' longest turn, or
 * time would be lost. Whoever keeps them in memory from turn to turn may write them less often, and loses more by a crash.
 */
const CHECKPOINT_MS = 5_000;

export function mustWrite(
  before: ReleaseStatus,
  after: ReleaseStatus,
  now: Millis,
  checkpointMs: number = CHECKPOINT_MS,
): boolean {
  if (lasting(before) !== lasting(after)) return true;
  // A release that is paused, or waits for a person, is not written again and again: its requests can be counted anew.
  if (before.clock?.stepMs === after.clock?.stepMs && before.clock?.totalMs === after.clock?.totalMs) return false;
  return before.clock !== undefined && now - fromTime(before.clock.at) >= checkpointMs;
}

/** The status without what moves at every turn. */
function lasting(status: ReleaseStatus): string {
  const { clock: _, counts, gates, steps, holding, conditions, ...rest } = status;
  const exposure = counts === undefined ? undefined : [counts.exposure, counts.since];
  const records = steps?.map((record) => ({ ...record, gates: record.gates.map(answer) }));
  const held = holding === undefined ? undefined : [holding.since, holding.policy, holding.reason];
  const told = conditions?.map(({ message: _m, ...condition }) => condition);
  // An API server gives keys back in its own order.
  return canonical([rest, exposure, held, gates?.map(answer), records, told]);
}

const answer = (verdict: VerdictRecord) => [verdict.gate, verdict.verdict, verdict.reason];
