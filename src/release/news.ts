// Whether a status says something that must survive a restart, beyond running totals. Totals are checkpointed now and then:
// a restart adds up again from the checkpoint. Never decides anything. Called by act.
import type { Millis } from '../lib/clock.ts';
import { sameJson } from '../lib/fingerprint.ts';
import { fromTime } from '../lib/time.ts';
import type { ReleaseStatus, StepRecord, VerdictRecord } from './status.ts';

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
  if (!sameLasting(before, after) || lagsBehind(before, after)) return true;
  // A release that is paused, or waits for a person, is not written again and again: its requests can be counted anew.
  if (before.clock?.stepMs === after.clock?.stepMs && before.clock?.totalMs === after.clock?.totalMs) return false;
  return before.clock !== undefined && now - fromTime(before.clock.at) >= checkpointMs;
}

/** A restart reads all samples since the stored cursor again: that must not become hours, though the release is paused. */
const LONGEST_REREAD_MS = 180_000;

const lagsBehind = (before: ReleaseStatus, after: ReleaseStatus): boolean =>
  (after.comparisons?.cursors.errors.at ?? 0) - (before.comparisons?.cursors.errors.at ?? 0) >= LONGEST_REREAD_MS;

/** All but what moves at every turn. What is the very same object needs no second look: most of a status never changes. */
function sameLasting(before: ReleaseStatus, after: ReleaseStatus): boolean {
  const [own, others] = [lastingOf(before), lastingOf(after)];
  const names = new Set([...Object.keys(own), ...Object.keys(others)]) as ReadonlySet<keyof typeof own>;
  // An API server gives keys back in its own order.
  if (![...names].every((name) => sameJson(own[name], others[name]))) return false;
  const [steps, newSteps] = [before.steps ?? [], after.steps ?? []];
  return steps.length === newSteps.length && steps.every((step, index) => sameRecord(step, newSteps[index]));
}

function lastingOf({ clock: _c, steps: _s, comparisons, counts, gates, holding, conditions, ...rest }: ReleaseStatus) {
  return {
    ...rest,
    compared: comparisons && [comparisons.setting, comparisons.together.gates],
    exposure: counts && [counts.exposure, counts.since],
    held: holding && [holding.since, holding.policy, holding.reason],
    answers: gates?.map(answer),
    told: conditions?.map(({ message: _m, ...condition }) => condition),
  };
}

const sameRecord = (before: StepRecord, after: StepRecord | undefined): boolean =>
  before === after || (after !== undefined && sameJson(lastingRecord(before), lastingRecord(after)));

const lastingRecord = (record: StepRecord) => ({ ...record, gates: record.gates.map(answer) });

const answer = (verdict: VerdictRecord) => [verdict.gate, verdict.verdict, verdict.reason];
