// Folds what was gathered into what is remembered: confirmation, clocks, counts, marks. The first half of a turn.
// Never decides and never wants anything. Called by decide, before the policies speak.
import { fromTime, type Time, toTime } from '../lib/time.ts';
import { confirm } from './confirm.ts';
import { countedMs, hasFreshSamples, isFreshAt, podsNeeded, podsOfStep, promisedSize, settledAt } from './facts.ts';
import type { Input } from './input.ts';
import { keptVerdicts } from './keeping.ts';
import type { ActiveStatus, Counts, RouteStatus, VersionName } from './status.ts';
import { type Exposure, exposureOf, pairIntent, type RouteIntent, sameIntent } from './target.ts';

/** Overwrites remembered, for `contested`. */
const OVERWRITES_KEPT = 5;

export function fold(input: Input): ActiveStatus {
  const folds = [foldScale, foldRoute, foldClock, foldCounts, foldArrival, foldMarks, foldGates];
  return folds.reduce<ActiveStatus>((status, next) => next({ ...input, status }), input.status);
}

/** A replica count that the Deployment now asks for is no longer wanted of anybody; nor is one below it, but for zero. */
function foldScale({ status, versions }: Input): ActiveStatus {
  const open = Object.entries(status.scale ?? {}).filter(([name, wanted]) => {
    const version = versions[name as VersionName];
    return version.found && (wanted === 0 ? version.wanted > 0 : version.wanted < wanted);
  });
  const { scale: _, ...rest } = status;
  return open.length === 0 ? rest : { ...rest, scale: Object.fromEntries(open) };
}

function foldRoute(input: Input): ActiveStatus {
  const { status, now } = input;
  const { readBackAt, confirmed, ...unseen } = status.route;
  if (input.route.kind !== 'inPlace') {
    if (readBackAt === undefined) return status;
    const overwrites = [...(status.route.overwrites ?? []), toTime(now)].slice(-OVERWRITES_KEPT);
    return begunAgain(status, { ...unseen, intendedAt: toTime(now), overwrites });
  }
  const route = readBack(status.route, toTime(now));
  if (confirmed !== undefined) return { ...status, route };
  const answer = confirm({
    now,
    readBackAt: fromTime(route.readBackAt ?? toTime(now)),
    from: route.from,
    to: route.intent,
    canary: input.traffic.canary,
    stable: input.traffic.stable,
    canaryRuns: input.versions.canary.running > 0,
    settings: input.settings,
  });
  return answer.kind === 'unseen'
    ? { ...status, route }
    : { ...status, route: { ...route, confirmed: { at: toTime(now), by: answer.by } } };
}

function readBack(route: RouteStatus, now: Time): RouteStatus {
  const leadsAway = route.intent.kind === 'promoted' || exposureOfIntent(route.intent) === 'none';
  return {
    ...route,
    readBackAt: route.readBackAt ?? now,
    ...(leadsAway ? { withdrawnAt: route.withdrawnAt ?? now } : {}),
  };
}

/**
 * The routes stood there and stand no more: somebody changed them. Act writes them again, and they are to be seen again; until
 * then the exposure is not there, so that the step's time, its windows and its requests start anew with the confirmation.
 */
function begunAgain(status: ActiveStatus, route: RouteStatus): ActiveStatus {
  const { counts, ...rest } = status;
  const { arrivedAt: _, ...step } = status.step;
  const others = counts !== undefined && counts.exposure !== exposureOfIntent(route.intent);
  return { ...rest, step, route, ...(others ? { counts } : {}) };
}

/** Totals as of now; `at` moves with them, so that what is written is a checkpoint. */
function foldClock(input: Input): ActiveStatus {
  const { status } = input;
  const counted = countedMs(input, hasFreshSamples(input));
  const { clock } = status;
  const stepMs = status.step.arrivedAt === undefined ? 0 : clock.stepMs + counted;
  return { ...status, clock: { at: toTime(input.now), stepMs, totalMs: clock.totalMs + counted } };
}

/** Counts start when an exposure is confirmed for the first time, and run on through steps of the same exposure. */
function foldCounts(input: Input): ActiveStatus {
  const { status, traffic } = input;
  const seen = confirmedExposure(status.route);
  const before = status.counts;
  if (before !== undefined && (seen === undefined || seen === before.exposure)) {
    const counts: Counts = {
      ...before,
      at: toTime(Math.max(fromTime(before.at), settledAt(input.now, input.settings))),
      canary: before.canary + traffic.canary.sinceCount,
      stable: before.stable + traffic.stable.sinceCount,
    };
    return { ...status, counts };
  }
  if (seen === undefined) return status;
  const now = toTime(input.now);
  return { ...status, counts: { exposure: seen, since: now, at: now, canary: 0, stable: 0 } };
}

const confirmedExposure = (route: RouteStatus): Exposure | undefined =>
  route.confirmed === undefined ? undefined : exposureOfIntent(route.intent);

const exposureOfIntent = (intent: RouteIntent): Exposure =>
  intent.kind === 'promoted' ? 'live' : exposureOf(intent.target);

/** The step's clock and its windows start when its last target is confirmed; the clean-up is still in the last step. */
function foldArrival(input: Input): ActiveStatus {
  const { status, plan } = input;
  const step = plan.steps[status.step.index];
  const there: RouteIntent | undefined = step === undefined ? undefined : pairIntent(step.target);
  const arrived = status.route.confirmed !== undefined && there !== undefined && sameIntent(status.route.intent, there);
  const walking = status.phase === 'Running' || status.phase === 'CleaningUp';
  if (!arrived || status.step.arrivedAt !== undefined || !walking) return status;
  const arrivedAt = toTime(input.now);
  return {
    ...status,
    step: { ...status.step, arrivedAt },
    clock: { ...status.clock, stepMs: 0 },
    steps: (status.steps ?? []).map((record, index, all) =>
      index === all.length - 1 && record.endedAt === undefined ? { ...record, confirmedAt: arrivedAt } : record,
    ),
  };
}

/** Since when something is amiss, and when the canary first met traffic. */
function foldMarks(input: Input): ActiveStatus {
  const { status, versions, traffic } = input;
  const { shortSince, laggingSince, blindSince, endingSince, ...rest } = status;
  const short = versions.canary.ready < podsOfStep(input);
  const lags = status.phase === 'Running' && versions.canary.ready < versions.canary.wanted;
  const exposed = podsNeeded(status.route.intent, promisedSize(input)) > 0;
  const stableSeen = traffic.stable.up > 0 && isFreshAt(traffic.stable.newestAt, input);
  const canarySeen = traffic.canary.up > 0 && isFreshAt(traffic.canary.newestAt, input);
  const blind = exposed && versions.canary.ready > 0 && stableSeen && !canarySeen;
  const ending = status.phase === 'RollingBack' && versions.canary.wanted === 0 && versions.canary.running > 0;
  const first = status.firstTrafficAt ?? (traffic.canary.firstMovedAt && toTime(traffic.canary.firstMovedAt));
  return {
    ...rest,
    ...(short ? { shortSince: shortSince ?? toTime(input.now) } : {}),
    ...(lags ? { laggingSince: laggingSince ?? toTime(input.now) } : {}),
    ...(blind ? { blindSince: blindSince ?? toTime(input.now) } : {}),
    ...(ending ? { endingSince: endingSince ?? toTime(input.now) } : {}),
    ...(first === undefined || first === 0 ? {} : { firstTrafficAt: first }),
  };
}

/** The latest verdicts, here and in the record of the step that they were made in. */
function foldGates(input: Input): ActiveStatus {
  const { status, verdicts } = input;
  if (verdicts.length === 0 || status.phase !== 'Running') return status;
  const gates = keptVerdicts(verdicts);
  const steps = (status.steps ?? []).map((record, index, all) =>
    index === all.length - 1 && record.endedAt === undefined ? { ...record, gates } : record,
  );
  return { ...status, gates, steps };
}
