// Policy 13: what is needed to leave the step is not there yet → wait; where stable is above a limit as the canary is → hold; at the
// step's "at most": onInconclusive.
// Evidence to promote is shown once per exposure (design.md §5): on mirrored traffic before live weight, on live traffic before 100 %.
import type { GateVerdict } from '../../analysis/gate.ts';
import { formatDuration } from '../../lib/duration.ts';
import { ALL } from '../../lib/share.ts';
import type { Facts } from '../facts.ts';
import type { Plan } from '../plan.ts';
import type { Counts, VersionName } from '../status.ts';
import { hold, type Policy, type Speech, wait } from './policy.ts';

export const evidence: Policy = {
  name: 'evidence',
  speak: (facts) => {
    const { status, arrived } = facts;
    if (status.phase !== 'Running' || status.byHand !== undefined || !arrived) return undefined;
    return waitOrGiveUp(
      facts,
      waitedFor(facts),
      incidentOf(facts.verdicts) === undefined ? 'MoreEvidence' : 'Incident',
    );
  },
};

/** What keeps the release in its step, beyond its time. */
export const waitedFor = (facts: Facts): string | undefined =>
  incidentOf(facts.verdicts) ??
  (mustPass(facts) ? missingEvidence(facts.plan, facts.status.counts, facts.verdicts) : undefined);

function waitOrGiveUp(
  { stepMs, step, plan, label }: Facts,
  missing: string | undefined,
  reason: 'MoreEvidence' | 'Incident',
): Speech | undefined {
  if (missing === undefined) return undefined;
  if (step.atMostMs === undefined || stepMs < step.atMostMs)
    return (reason === 'Incident' ? hold : wait)(reason, `${label}: ${missing}`);
  const message = `${label}: no sufficient evidence within ${formatDuration(step.atMostMs)}: ${missing}`;
  return plan.onInconclusive === 'hold'
    ? hold('Inconclusive', message)
    : { kind: 'rollBack', outcome: 'inconclusive', reason: 'Inconclusive', message };
}

/** Also where no pass is asked for: nobody goes on in the middle of one. */
function incidentOf(verdicts: readonly GateVerdict[]): string | undefined {
  const both = verdicts.filter(({ reason }) => reason === 'Incident');
  return both.length === 0 ? undefined : both.map(({ gate, message }) => `${gate}: ${message}`).join('; ');
}

/** What a pass of this exposure still lacks; replay asks it of recorded samples. */
export function missingEvidence(
  { minRequests, gates, comparative }: Pick<Plan, 'minRequests' | 'gates' | 'comparative'>,
  counts: Pick<Counts, VersionName> | undefined,
  verdicts: readonly GateVerdict[],
): string | undefined {
  const canary = Math.floor(counts?.canary ?? 0);
  const stable = Math.floor(counts?.stable ?? 0);
  if (Math.min(canary, stable) < minRequests) {
    return `${minRequests} requests per version are needed, the canary has ${canary}, stable ${stable}`;
  }
  const open = [...gates, ...comparative].flatMap(({ name }) => {
    const verdict = verdicts.find(({ gate }) => gate === name);
    if (verdict?.verdict === 'pass' || verdict?.mayStayOpen === true) return [];
    return [`${name}: ${verdict?.message ?? 'not evaluated yet'}`];
  });
  return open.length === 0 ? undefined : open.join('; ');
}

/** Whether leaving this step takes the canary to more than this exposure has shown so far. */
export function mustPass({ step, next }: Pick<Facts, 'step' | 'next'>): boolean {
  if (next === undefined) return false;
  if (step.exposure === 'mirrored') return next.exposure === 'live';
  return step.exposure === 'live' && step.target.canary < ALL && next.target.canary === ALL;
}
