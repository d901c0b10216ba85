// The walk: the gates of one step at every instant from the first sample to the last, and how production would have ended it.
// Never judges and never decides: hindsight and the release's own policies do. Called by replay.ts.
import type { GateVerdict } from '../analysis/gate.ts';
import type { Millis } from '../lib/clock.ts';
import { formatDuration } from '../lib/duration.ts';
import { ALL } from '../lib/share.ts';
import { isFreshAt } from '../release/facts.ts';
import type { Plan, Step } from '../release/plan.ts';
import { missingEvidence } from '../release/policies/evidence.ts';
import { onEvidence } from '../release/policies/gate-failed.ts';
import type { Hindsight, Look } from './hindsight.ts';

export interface Span {
  readonly from: Millis;
  readonly to: Millis;
  readonly everyMs: number;
  readonly scrapeIntervalMs: number;
}

export interface TimedVerdict {
  readonly at: Millis;
  readonly verdict: GateVerdict;
}

export interface Walk {
  /** Each gate at each instant, in this order; ends with the instant that ended the step. */
  readonly verdicts: readonly TimedVerdict[];
  readonly outcome: 'promoted' | 'rolledBack' | 'inconclusive';
  readonly reason: string;
  /** Of the last instant. */
  readonly requests: { readonly canary: number; readonly stable: number };
  readonly endedAt: Millis;
}

export async function walk(hindsight: Hindsight, step: Step, span: Span): Promise<Walk> {
  const { from, to, everyMs } = span;
  const verdicts: TimedVerdict[] = [];
  let last: Look | undefined;
  for (const at of instants(from, to, everyMs)) {
    last = await hindsight.look(at, last);
    verdicts.push(...last.verdicts.map((verdict) => ({ at, verdict })));
    const failure = onEvidence(last);
    if (failure?.kind === 'rollBack')
      return { verdicts, outcome: 'rolledBack', reason: failure.message, ...endOf(last) };
  }
  if (last === undefined) throw new RangeError('a span holds at least its first instant');
  return { verdicts, ...judged(last, step, hindsight.plan, span), ...endOf(last) };
}

/** The last instant is the last sample, wherever the steps before it fell. */
function* instants(from: Millis, to: Millis, everyMs: number): Generator<Millis> {
  for (let count = 0; from + count * everyMs < to; count++) yield Math.round(from + count * everyMs);
  yield to;
}

const endOf = ({ at, traffic: { canary, stable } }: Look): Pick<Walk, 'requests' | 'endedAt'> => ({
  requests: { canary: Math.floor(canary.sinceCount), stable: Math.floor(stable.sinceCount) },
  endedAt: at,
});

/** Nothing has failed: whether all that a pass takes is there at the end. */
function judged(
  look: Look,
  step: Step,
  plan: Plan,
  { from, scrapeIntervalMs }: Span,
): Pick<Walk, 'outcome' | 'reason'> {
  // Stable fails the same: an incident, on which a release is held.
  const held = onEvidence(look);
  if (held !== undefined) return { outcome: 'inconclusive', reason: held.message };
  const missing = missingPass(look, step, plan);
  if (missing !== undefined) return { outcome: 'inconclusive', reason: missing };
  // A gate of the canary alone passes without stable, but then nobody sees the users any more, and a release is held.
  const { up, newestAt } = look.traffic.stable;
  if (up === 0 || !isFreshAt(newestAt, { now: look.at, settings: { scrapeIntervalMs } }))
    return { outcome: 'inconclusive', reason: 'every gate passes, but stable has no fresh samples at the end' };
  const after = formatDuration(look.at - from);
  const short =
    look.at - from < step.atLeastMs ? `; the step itself lasts at least ${formatDuration(step.atLeastMs)}` : '';
  return { outcome: 'promoted', reason: `${whoPasses(look.verdicts)} after ${after}${short}` };
}

/** Gates by default say nothing where stable has not what they compare, and do not stand in the way. */
function whoPasses(verdicts: readonly GateVerdict[]): string {
  const silent = verdicts.filter(({ verdict }) => verdict !== 'pass').map(({ gate }) => gate);
  return silent.length === 0 ? 'every gate passes' : `every gate but ${silent.join(', ')}, which may stay open, passes`;
}

/**
 * Asked at every step, as the release asks it where an exposure ends. With everything on the canary stable has no requests, and
 * what compares with it stands still: then the other gates alone are asked.
 */
function missingPass({ verdicts, traffic }: Look, step: Step, plan: Plan): string | undefined {
  const [canary, stable] = [traffic.canary.sinceCount, traffic.stable.sinceCount];
  if (step.target.canary < ALL) return missingEvidence(plan, { canary, stable }, verdicts);
  const frozen = new Set(verdicts.filter(({ reason }) => reason === 'Frozen').map(({ gate }) => gate));
  const speaking = ({ name }: { readonly name: string }) => !frozen.has(name);
  const [gates, comparative] = [plan.gates.filter(speaking), plan.comparative.filter(speaking)];
  if (gates.length + comparative.length === 0)
    return 'every gate compares with stable, which has no traffic in this step';
  return missingEvidence({ ...plan, gates, comparative }, { canary, stable: canary }, verdicts);
}
