// Turns of the controller into the lines that a person reads: what is new between two statuses, and nothing twice.
// Never writes and never decides. Called by rehearsal and run with every turn, by watch with every status; pure.
import { sameJson } from '../lib/fingerprint.ts';
import { fromTime } from '../lib/time.ts';
import type { Scale } from '../release/decision.ts';
import type { Input } from '../release/input.ts';
import { type Plan, stepLabel } from '../release/plan.ts';
import { resolvePlan } from '../release/resolve.ts';
import { isActive, type ReleaseStatus } from '../release/status.ts';
import { describeIntent, exposureOf } from '../release/target.ts';
import type { RunEvent } from '../report/input.ts';
import { tookText } from '../report/took.ts';
import { isNews } from './gate-news.ts';

type Told = RunEvent extends infer Event ? (Event extends RunEvent ? Omit<Event, 'at'> : never) : never;

export interface Narration {
  /** What the events' times count from. */
  readonly startedAt: number;
  /** The steps that the command line approves in advance. */
  readonly approve: readonly number[];
  /** What a reader can do about a step that wants an approval. */
  readonly howToApprove: (step: number) => string;
}

/** What was decided, as a status' history keeps it too; `scale` only where the controller itself tells. */
export interface Decided {
  readonly kind: string;
  readonly reason: string;
  readonly message: string;
  readonly numbers?: Readonly<Record<string, number | string>>;
  readonly scale?: Scale;
}

/** Two statuses and what was decided between them: a controller's turn, or what a watch of the Release has seen. */
export interface Change {
  readonly at: number;
  readonly before: ReleaseStatus;
  readonly after: ReleaseStatus;
  readonly decisions: readonly Decided[];
  readonly input?: Pick<Input, 'traffic'>;
}

/** In the order of cause and effect: a reader should never meet a scale-down before the roll back that it is part of. */
export function narrate(turn: Change, { startedAt, approve, howToApprove }: Narration): readonly RunEvent[] {
  const { before, after } = turn;
  const plan = after.accepted === undefined ? undefined : resolvePlan(after.accepted.policy);
  const told: Told[] = [
    ...tellAcceptance(before, after),
    ...tellConfirmed(turn, plan),
    ...tellGates(before, after),
    ...tellStep(before, after, plan),
    ...tellHold(turn, plan, { approve, howToApprove }),
    ...tellRollBack(before, after),
    ...tellWithdrawal(turn),
    ...tellRoute(before, after),
    ...tellScale(turn),
  ];
  return told.map((event) => ({ at: turn.at - startedAt, ...event }) as RunEvent);
}

function tellAcceptance(before: ReleaseStatus, after: ReleaseStatus): Told[] {
  if (after.accepted !== undefined && before.accepted === undefined) {
    const { stable, canary } = after.accepted.versions;
    const text = `stable ${stable.deployment} (${stable.revision}), canary ${canary.deployment} (${canary.revision})`;
    return [{ kind: 'note', subject: 'accepted', text }];
  }
  if (after.phase !== 'Pending' || sameJson(before.problems, after.problems)) return [];
  return (after.problems ?? []).map(({ message }) => ({ kind: 'note', subject: 'pending', text: message }));
}

function tellStep(before: ReleaseStatus, after: ReleaseStatus, plan: Plan | undefined): Told[] {
  const entered = after.step !== undefined && after.step.enteredAt !== before.step?.enteredAt;
  if (plan === undefined || after.step === undefined || !entered || after.phase !== 'Running') {
    const began = after.phase === 'CleaningUp' && before.phase !== 'CleaningUp';
    return began ? [{ kind: 'note', subject: 'clean-up', text: 'begins; an abort still puts traffic back' }] : [];
  }
  const step = plan.steps[after.step.index];
  if (step === undefined) return [];
  const anew: Told[] =
    after.attempt === before.attempt
      ? []
      : [{ kind: 'note', subject: `attempt ${after.attempt}`, text: 'the canary changed' }];
  return [...anew, { kind: 'step', step: stepLabel(step), number: after.step.index + 1, of: plan.steps.length }];
}

/** The step's last target has been seen in the traffic. */
function tellConfirmed({ before, after, input }: Change, plan: Plan | undefined): Told[] {
  const arrived = after.step?.arrivedAt !== undefined || after.step?.index !== before.step?.index;
  const step = before.step === undefined ? undefined : plan?.steps[before.step.index];
  const { route } = after;
  if (!arrived || before.step?.arrivedAt !== undefined || step === undefined || route?.confirmed === undefined)
    return [];
  if (!isActive(before)) return [];
  const exposure = route.intent.kind === 'pair' ? exposureOf(route.intent.target) : 'live';
  const what = exposure === 'mirrored' ? ('copies' as const) : ('requests' as const);
  const requests = input === undefined ? undefined : Math.round(input.traffic.canary.sinceReadBack);
  const seen = exposure === 'none' || requests === undefined ? {} : { seen: { requests, what } };
  const tookMs = fromTime(route.confirmed.at) - fromTime(route.intendedAt);
  return [{ kind: 'confirmed', step: stepLabel(step), tookMs, by: route.confirmed.by, ...seen }];
}

function tellGates(before: ReleaseStatus, after: ReleaseStatus): Told[] {
  return (after.gates ?? []).flatMap((verdict): Told[] => {
    const last = before.gates?.find(({ gate }) => gate === verdict.gate);
    return isNews(last, verdict)
      ? [{ kind: 'gate', gate: verdict.gate, verdict: verdict.verdict, message: verdict.message }]
      : [];
  });
}

function tellHold(
  { before, after, decisions }: Change,
  plan: Plan | undefined,
  { approve, howToApprove }: Pick<Narration, 'approve' | 'howToApprove'>,
): Told[] {
  const { holding } = after;
  if (holding === undefined || holding.reason === before.holding?.reason) return [];
  const number = decisions.find(({ reason }) => reason === 'AwaitingApproval')?.numbers?.['step'];
  const step = typeof number === 'number' ? plan?.steps[number - 1] : undefined;
  if (typeof number !== 'number' || step === undefined)
    return [{ kind: 'hold', reason: holding.reason, message: holding.message }];
  const label = `step ${number} (${stepLabel(step)})`;
  if (approve.includes(number))
    return [{ kind: 'note', subject: 'approval', text: `${label} is approved by --approve ${number}` }];
  const message = `everything is ready for ${label}, which wants an approval: ${howToApprove(number)}`;
  return [{ kind: 'hold', reason: holding.reason, message }];
}

function tellRollBack(before: ReleaseStatus, { phase, rollBack, gates = [] }: ReleaseStatus): Told[] {
  if (rollBack === undefined || before.rollBack !== undefined || phase === 'Running') return [];
  const failed = gates.filter(({ verdict }) => verdict === 'fail').map(({ gate }) => gate);
  const took = gates.flatMap(({ verdict, evidence }) => {
    const text = verdict === 'fail' && evidence?.kind === 'comparison' ? tookText(evidence) : undefined;
    return text === undefined ? [] : [note('it took', text)];
  });
  // Each gate's own line says how and why.
  const byGates = rollBack.reason === 'GateFailed' && failed.length > 0;
  const message = byGates ? `${failed.join(' and ')} failed` : rollBack.message;
  return [{ kind: 'rollBack', reason: rollBack.reason, message }, ...took];
}

/** Why live weight goes back although the release goes on. */
function tellWithdrawal({ before, after, decisions }: Change): Told[] {
  if (after.route?.intendedAt === before.route?.intendedAt) return [];
  return decisions
    .filter(({ kind }) => kind === 'withdraw')
    .map(({ message }) => ({ kind: 'trouble', subject: 'withdraw', text: message }));
}

function tellRoute(before: ReleaseStatus, after: ReleaseStatus): Told[] {
  const written = after.route !== undefined && after.route.intendedAt !== before.route?.intendedAt;
  if (!written || before.route === undefined || after.route === undefined) return [];
  return [{ kind: 'note', subject: 'route', text: describeIntent(after.route.intent) }];
}

function tellScale({ before, decisions }: Change): Told[] {
  return decisions.flatMap((decision): Told[] => {
    // Asked again until the object is gone.
    if (decision.kind === 'remove')
      return before.history?.at(-1)?.kind === 'remove' ? [] : [note('delete', decision.message)];
    const { scale } = decision;
    // A status tells of each once.
    if (scale === undefined && decision.kind === 'scale') return [note('scale', decision.message)];
    if (scale === undefined || before.scale?.[scale.version] === scale.replicas) return [];
    return [note('scale', decision.kind === 'scale' ? decision.message : `${scale.version} to ${scale.replicas}`)];
  });
}

/** The subject stands in a column of its own; the sentence need not begin with it again. */
const note = (subject: string, message: string): Told => ({
  kind: 'note',
  subject,
  text: message.startsWith(`${subject} `) ? message.slice(subject.length + 1) : message,
});
