// Writes a decision into what is remembered: the intent that stands before every effect. The second half of a turn.
// Never decides. Called by decide.
import { toTime } from '../lib/time.ts';
import type { Decision, Scale } from './decision.ts';
import { recordDecision, withCondition } from './history.ts';
import type { Input } from './input.ts';
import { keptMessage, keptRecords, keptVerdict } from './keeping.ts';
import type { ActiveStatus, StepRecord } from './status.ts';
import { canaryShare, exposureOf, type RouteIntent, sameIntent } from './target.ts';

export function apply(status: ActiveStatus, made: Decision, input: Input): ActiveStatus {
  const now = toTime(input.now);
  const decision = { ...made, message: keptMessage(made.message) };
  return recordDecision(withHolding(transition(status, decision, now, input), decision, now), decision, now);
}

function transition(status: ActiveStatus, decision: Decision, now: string, input: Input): ActiveStatus {
  switch (decision.kind) {
    case 'wait':
    case 'hold':
    case 'remove':
      return status;
    case 'route':
      return withRoute(withFloor(withScale(status, decision.scale), decision.intent, input), decision.intent, now);
    case 'withdraw': {
      const { arrivedAt: _, ...step } = status.step;
      const begunAnew = {
        ...status,
        phase: 'Running' as const,
        step,
        strikes: (status.strikes ?? 0) + 1,
        clock: { ...status.clock, stepMs: 0 },
      };
      return withRoute(withScale(begunAnew, decision.scale), decision.intent, now);
    }
    case 'scale':
      return withScale(status, decision.scale);
    case 'enter':
      return enter(status, decision.step, now, input);
    case 'rollBack':
      return rollBack(status, decision, now);
    case 'restart':
      return { ...endStep(status, now), restarting: { at: now, revision: decision.revision } };
    case 'newAttempt':
      return newAttempt(status, decision.revision, now, input);
    case 'cleanUp':
      return {
        ...endStep(status, now),
        phase: 'CleaningUp',
        step: { ...status.step, enteredAt: now },
        clock: { ...status.clock, stepMs: 0 },
      };
    case 'byHand':
      return { ...status, byHand: { at: now, reason: decision.why } };
    case 'finish':
      return finish(status, decision, now);
  }
}

function withRoute(status: ActiveStatus, intent: RouteIntent, now: string): ActiveStatus {
  if (sameIntent(status.route.intent, intent)) return status;
  const { overwrites, withdrawnAt } = status.route;
  const staysAway = leadsNobody(status.route.intent) && leadsNobody(intent);
  const route = {
    intent,
    from: status.route.intent,
    intendedAt: now,
    ...(overwrites === undefined ? {} : { overwrites }),
    ...(withdrawnAt === undefined || !staysAway ? {} : { withdrawnAt }),
  };
  return { ...status, route };
}

const leadsNobody = (intent: RouteIntent): boolean => intent.kind === 'pair' && exposureOf(intent.target) === 'none';

function withScale(status: ActiveStatus, scale: Scale | undefined): ActiveStatus {
  if (scale === undefined) return status;
  const { version, replicas } = scale;
  const { [version]: _, ...others } = status.floors ?? {};
  const scaled = { ...status, scale: { ...status.scale, [version]: replicas } };
  // Who is to end has no floor any more; stable's stands for the traffic that may come back, whatever it is scaled to now.
  if (replicas === 0) return { ...scaled, floors: others };
  return version === 'canary' ? { ...scaled, floors: { ...others, canary: replicas } } : scaled;
}

/** Before live weight begins, stable's size is the one that all of the traffic needs. */
function withFloor(status: ActiveStatus, to: RouteIntent, { versions }: Input): ActiveStatus {
  if (canaryShare(status.route.intent) > 0 || canaryShare(to) === 0) return status;
  const stable = Math.max(status.floors?.stable ?? 0, versions.stable.wanted);
  return { ...status, floors: { ...status.floors, stable } };
}

function endStep(status: ActiveStatus, now: string): ActiveStatus {
  const steps = (status.steps ?? []).map((record) =>
    record.endedAt === undefined ? { ...record, endedAt: now } : record,
  );
  return { ...status, steps };
}

function enter(status: ActiveStatus, index: number, now: string, input: Input): ActiveStatus {
  const step = input.plan.steps[index];
  if (step === undefined) throw new RangeError(`the plan has no step ${index}`);
  const record: StepRecord = {
    kind: step.kind,
    traffic: step.traffic,
    attempt: status.attempt,
    startedAt: now,
    gates: [],
  };
  const ended = endStep(status, now);
  const { shortSince: _s, laggingSince: _l, blindSince: _b, ...rest } = ended;
  const clock = { ...status.clock, at: now, stepMs: 0 };
  return {
    ...rest,
    step: { index, enteredAt: now },
    clock,
    steps: keptRecords([...(ended.steps ?? []), record]),
  };
}

function rollBack(status: ActiveStatus, decision: Extract<Decision, { kind: 'rollBack' }>, now: string): ActiveStatus {
  const { policy, reason, message, outcome, verdict } = decision;
  const { restarting: _, scale: _s, ...rest } = endStep(status, now);
  const record = { at: now, policy, reason, message, outcome, ...(verdict && { verdict: keptVerdict(verdict) }) };
  return { ...rest, phase: 'RollingBack', rollBack: record };
}

/** Evidence, counts and strikes belong to a revision; only the history is carried over. */
function newAttempt(status: ActiveStatus, revision: string, now: string, input: Input): ActiveStatus {
  const { accepted } = status;
  const versions = { ...accepted.versions, canary: { ...accepted.versions.canary, revision } };
  const {
    restarting: _r,
    firstTrafficAt: _f,
    strikes: _s,
    counts: _c,
    byHand: _p,
    gates: _g,
    comparisons: _e,
    shortSince: _h,
    laggingSince: _l,
    blindSince: _b,
    ...rest
  } = status;
  const fresh: ActiveStatus = {
    ...rest,
    phase: 'Running',
    attempt: status.attempt + 1,
    accepted: { ...accepted, versions },
    clock: { at: now, stepMs: 0, totalMs: 0 },
  };
  return enter(fresh, 0, now, input);
}

function finish(status: ActiveStatus, decision: Extract<Decision, { kind: 'finish' }>, now: string): ActiveStatus {
  const { holding: _, scale: _s, floors: _f, comparisons: _c, ...rest } = endStep(status, now);
  const ended: ActiveStatus = { ...rest, phase: decision.phase, endedAt: now };
  if (decision.withheld === undefined) return ended;
  return withCondition(ended, 'ScaleDownWithheld', decision.reason, decision.withheld, now);
}

function withHolding(status: ActiveStatus, decision: Decision, now: string): ActiveStatus {
  const { holding, ...rest } = status;
  if (decision.kind !== 'hold') return decision.kind === 'finish' ? status : rest;
  const { policy, reason, message } = decision;
  const since = holding?.reason === reason ? holding.since : now;
  return { ...rest, holding: { since, policy, reason, message } };
}
