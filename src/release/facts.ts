// What the policies want to know, derived once per turn from the input and the folded status.
// Never remembers anything. Built by decide, read by every policy.
import { ALL, fraction, type Share } from '../lib/share.ts';
import { fromTime } from '../lib/time.ts';
import type { Input, RouteState, Settings, VersionState } from './input.ts';
import { type Step, stepLabel } from './plan.ts';
import type { ActiveStatus } from './status.ts';
import { canaryShare, exposureOf, NOTHING, pairIntent, type RouteIntent, sameIntent } from './target.ts';

export interface Facts extends Input {
  readonly step: Step;
  readonly next?: Step;
  /** Where the routes should end up under what is remembered now. */
  readonly wanted: RouteIntent;
  /** The present intent has been seen in the traffic. */
  readonly confirmed: boolean;
  /** The step's last target is confirmed. */
  readonly arrived: boolean;
  readonly liveShare: Share;
  /** Milliseconds of this step and of the attempt that count. */
  readonly stepMs: number;
  readonly totalMs: number;
  /** Both versions' samples are fresh as far as the exposure needs them. */
  readonly fresh: boolean;
  readonly label: string;
}

/** Samples older than this many scrapes are stale. */
const FRESH_SCRAPES = 3;

/**
 * The longest time one turn may add to the clocks: an outage of the controller decides nothing. Where samples come more seldom,
 * so do turns.
 */
const LONGEST_TURN_MS = 10_000;
const LONGEST_TURN_SCRAPES = 1.5;

export interface Seen {
  readonly now: number;
  readonly settings: Pick<Settings, 'scrapeIntervalMs'>;
}

export const isFreshAt = (newestAt: number | undefined, input: Seen): boolean =>
  newestAt !== undefined && input.now - newestAt <= FRESH_SCRAPES * input.settings.scrapeIntervalMs;

/**
 * Until when all samples are in that will ever come: a scrape has the time of its start, and ends within its interval. What
 * is added up turn by turn is added up to here, or the requests of a scrape under way would be lost. Whole, as a status keeps it.
 */
export const settledAt = (now: number, { scrapeIntervalMs }: Pick<Input['settings'], 'scrapeIntervalMs'>): number =>
  Math.floor(now - scrapeIntervalMs);

/** Stable always; the canary once it gets traffic. A version without samples is the business of `unobservable`. */
export function hasFreshSamples(input: Pick<Input, 'traffic' | 'status'> & Seen): boolean {
  const { stable, canary } = input.traffic;
  if (!isFreshAt(stable.newestAt, input) || stable.up === 0) {
    // Once stable is scaled down in the clean-up, only the canary can be fresh.
    if (input.status.phase !== 'CleaningUp') return false;
  }
  const { intent } = input.status.route;
  const exposed = intent.kind === 'promoted' || exposureOf(intent.target) !== 'none';
  return !exposed || (isFreshAt(canary.newestAt, input) && canary.up > 0);
}

/** Time since the clocks' last checkpoint that counts: with fresh samples, not paused, not waiting for a person. */
export function countedMs(input: Pick<Input, 'now' | 'orders' | 'status' | 'settings'>, fresh: boolean): number {
  const waiting = input.orders.paused || input.status.holding?.reason === 'AwaitingApproval';
  if (!fresh || waiting) return 0;
  const longest = Math.max(LONGEST_TURN_MS, LONGEST_TURN_SCRAPES * input.settings.scrapeIntervalMs);
  return Math.max(0, Math.min(input.now - fromTime(input.status.clock.at), longest));
}

/** By what pods are counted: those that all of the traffic needs, and the fewest that an exposed canary may have. */
export interface Sizing {
  readonly full: number;
  readonly least: number;
}

type Sized = Pick<Input, 'status' | 'plan' | 'versions'>;

/** As promised at acceptance: what a step is held to. */
export const promisedSize = ({ status, plan }: Pick<Sized, 'status' | 'plan'>): Sizing => ({
  full: status.accepted.versions.stable.replicas,
  least: plan.minReplicas,
});

/** Stable may have been scaled up since the acceptance; where it was scaled down, its traffic may only have moved. */
export function presentSize({ status, plan, versions }: Sized): Sizing {
  const { full, least } = promisedSize({ status, plan });
  return { full: Math.max(full, versions.stable.wanted), least };
}

/** Ready pods that a share of the traffic needs, in proportion and rounded up. */
export const podsFor = (share: Share, { full, least }: Sizing): number =>
  Math.max(1, least, Math.ceil(fraction(share) * full));

/** Ready canary pods that a target needs, copies counted as traffic; none while the canary gets nothing. */
export function podsNeeded(intent: RouteIntent, sizing: Sizing): number {
  if (intent.kind === 'promoted') return podsFor(ALL, sizing);
  const { target } = intent;
  if (exposureOf(target) === 'none') return 0;
  return podsFor(target.mirror?.share ?? target.canary, sizing);
}

/** Requests go to a canary that has no pod to answer them. Without its Deployment there is nothing to wait for: CanaryGone. */
export const hasLostUsers = ({ route }: Pick<ActiveStatus, 'route'>, { found, ready }: VersionState): boolean =>
  found && ready === 0 && canaryShare(route.intent) > 0;

/** Users are on the canary, and the routes can no longer lead them there, but back. */
export const isCutOff = ({ route: { intent } }: Pick<ActiveStatus, 'route'>, route: RouteState): boolean =>
  route.kind === 'unusable' && route.wayBack === true && canaryShare(intent) > 0;

/** How long pods may take to become ready before something is wrong with them. */
export const graceOf = ({ settings, versions }: Pick<Input, 'settings' | 'versions'>): number =>
  settings.graceMs + versions.canary.startupMs;

/**
 * Ready canary pods that the current step needs and has been promised: those of the present target, which somebody may take
 * away, and those of the step's own target once they were asked for, which may never come.
 */
export function podsOfStep({ status, plan, versions }: Sized): number {
  const size = promisedSize({ status, plan });
  const present = podsNeeded(status.route.intent, size);
  const step = plan.steps[status.step.index];
  if (step === undefined || status.phase !== 'Running' || status.restarting !== undefined) return present;
  const wanted = podsNeeded(pairIntent(step.target), size);
  return versions.canary.wanted >= wanted ? Math.max(present, wanted) : present;
}

export function factsOf(input: Input, status: ActiveStatus): Facts {
  const step = input.plan.steps[status.step.index];
  if (step === undefined) throw new RangeError(`the plan has no step ${status.step.index}`);
  const next = input.plan.steps[status.step.index + 1];
  const wanted = wantedIntent(status, step);
  const confirmed = status.route.confirmed !== undefined;
  return {
    ...input,
    status,
    step,
    ...(next === undefined ? {} : { next }),
    wanted,
    confirmed,
    arrived: confirmed && sameIntent(status.route.intent, wanted),
    liveShare: canaryShare(status.route.intent),
    stepMs: status.clock.stepMs,
    totalMs: status.clock.totalMs,
    fresh: hasFreshSamples({ ...input, status }),
    label: stepLabel(step),
  };
}

function wantedIntent(status: ActiveStatus, step: Step): RouteIntent {
  if (status.phase === 'RollingBack' || status.restarting !== undefined) return pairIntent(NOTHING);
  if (status.route.intent.kind === 'promoted') return status.route.intent;
  return pairIntent(step.target);
}
