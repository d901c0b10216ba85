// What the gate `lostRequests` answers: the first check that speaks decides, and says its numbers in one sentence.
// Never gathers evidence (lost-requests-gate.ts does). Called by lost-requests-gate.ts.
import type { Millis } from '../../lib/clock.ts';
import { formatDuration } from '../../lib/duration.ts';
import { type CopiesCounted, isShort, type SampledCopies } from '../../stats/lost.ts';
import type { Mixture, MixtureProcess } from '../../stats/mixture.ts';
import { blocksNeeded } from '../../stats/projection.ts';
import type { ComparisonNumbers } from '../verdict.ts';
import {
  type Answer,
  ASKED_TO_PROMOTE,
  type Asked,
  aside,
  askedToRollBack,
  type Finding,
  noBlock,
  open,
  rollsBack,
  setAside,
  stale,
  stillNeeded,
} from './answer.ts';
import type { LostRequestsGate } from './kinds.ts';
import type { Stretches } from './stretches.ts';
import { grouped, oneOf, percent } from './words.ts';

export interface LostSeen extends CopiesCounted {
  readonly seconds: number;
}

export interface LostRequestsState {
  /** In all mirrored blocks that count. */
  readonly seen: LostSeen;
  /** The part of the copies that arrives at least, as was found at first; fixed then. */
  readonly reached?: number;
  readonly learnedTo?: Millis;
  readonly missing?: Mixture;
  readonly arriving?: Mixture;
  /** Copies on the way that evidence to promote has been made less for. */
  readonly paid?: number;
  readonly moving?: Stretches;
  /** No pod came or went in the latest block. */
  readonly whole: boolean;
}

export interface LostRequestsFindings {
  readonly state: LostRequestsState;
  readonly against: number;
  readonly dispersion: number;
  readonly byCallers: boolean;
  /** How long copies are counted for before they say anything. */
  readonly stretchMs: number;
  readonly arrivingProcess: MixtureProcess<SampledCopies, Mixture>;
  readonly asked: Asked;
}

type Case = LostRequestsFindings & { readonly gate: LostRequestsGate };

/** What part of the copies reaches the canary at all is learned from so many. */
export const LEARNED_FROM = { copies: 300, seconds: 30 } as const;

/** Standard deviations that too few copies must be off to be called too few: some look at them is hardly ever so. */
const CLEARLY = 4;

export function answerLostRequests(gate: LostRequestsGate, found: LostRequestsFindings): Answer {
  const one: Case = { gate, ...found };
  const finding =
    lost(one) ??
    setAside(found.asked) ??
    notMirrored(found.asked) ??
    stale(found.asked) ??
    empty(one) ??
    uncovered(one) ??
    shown(one) ??
    firstStretch(one) ??
    nearLimit(one) ??
    moreEvidence(one);
  return { oneSided: false, ...finding, numbers: numbersOf(one) };
}

function lost(one: Case): Finding | undefined {
  const { gate, state, against, byCallers, asked } = one;
  const weighed = rollsBack(against, asked);
  if (weighed === undefined) return undefined;
  const before = byCallers ? '' : ` after ${percent(state.reached ?? 1)} or more arrived at first`;
  const strength = `were no more than ${percent(gate.max)} lost${before}, evidence this strong would appear in fewer than ${oneOf(weighed)} releases`;
  return { verdict: 'fail', reason: 'AboveMax', message: `${counted(state)}; ${strength}` };
}

const notMirrored = ({ exposure }: Asked): Finding | undefined =>
  exposure === 'mirrored' ? undefined : aside('NotCompared', 'requests are not copied in this exposure');

function empty({ state: { seen }, asked }: Case): Finding | undefined {
  if (seen.seconds === 0) return noBlock(asked);
  return seen.expected === 0 ? open('LowTraffic', 'stable has had no requests that could be copied') : undefined;
}

function uncovered({ gate, state, dispersion, byCallers }: Case): Finding | undefined {
  const { seen, paid = 0 } = state;
  if (byCallers || seen.expected < LEARNED_FROM.copies) return undefined;
  if (!isShort(seen, gate.max, paid, CLEARLY * Math.sqrt(dispersion))) return undefined;
  const why = 'either they are lost (refused, no endpoints), or some callers are not mirrored';
  const advice = `if it is known that none are lost, allow for it: lostRequests: { max: ${allowed(seen)} }`;
  return open('Uncovered', `${counted(state)}: ${why}; ${advice}`);
}

/** The share that is missing and half as much again, in whole percent. */
const allowed = ({ expected, arrived }: LostSeen): string =>
  `${Math.min(99, Math.ceil(150 * (1 - arrived / expected)))}%`;

function shown({ gate, state }: Case): Finding | undefined {
  const { seen, arriving } = state;
  if (arriving === undefined || arriving.best < ASKED_TO_PROMOTE || seen.expected < LEARNED_FROM.copies)
    return undefined;
  const strength = `were more than ${percent(gate.max)} lost, this would appear in fewer than ${oneOf(arriving.best)} releases`;
  return { verdict: 'pass', reason: 'Passed', message: `${counted(state)}; ${strength}` };
}

/** Copies and requests are counted at different times: before a stretch of them has ended nothing says how near the limit they are. */
function firstStretch({ state, stretchMs }: Case): Finding | undefined {
  if (state.arriving !== undefined || state.seen.expected < LEARNED_FROM.copies) return undefined;
  return open('MoreEvidence', `${counted(state)}; at least ${formatDuration(stretchMs)} of them are needed`);
}

/** Standard deviations of what chance makes of a share, within which nobody can say what is lost. */
const VAGUE = 2;

function nearLimit(one: Case): Finding | undefined {
  const { gate, state, dispersion } = one;
  const { seen } = state;
  if (seen.expected < LEARNED_FROM.copies || neededCopies(one) !== undefined) return undefined;
  const byChance = (VAGUE * VAGUE * dispersion * (1 - seen.expected / seen.requests)) / (gate.max * gate.max);
  if (byChance <= seen.expected)
    return open('NearTolerance', `${counted(state)}: too near the limit of ${percent(gate.max)}, or beyond it`);
  const { reason, text } = stillNeeded(byChance - seen.expected, seen.expected / seen.seconds);
  return inTheWay(one, open(reason, `${counted(state)}, perhaps by chance, since only a share is copied; ${text}`));
}

function moreEvidence(one: Case): Finding {
  const { state } = one;
  const { seen } = state;
  const needed = neededCopies(one);
  if (needed === undefined)
    return open('MoreEvidence', `${counted(state)}; at least ${LEARNED_FROM.copies} are needed`);
  const more = Math.max(needed, LEARNED_FROM.copies - seen.expected);
  const { reason, text } = stillNeeded(more, seen.expected / seen.seconds);
  return inTheWay(one, open(reason, `${counted(state)}; ${text}`));
}

/** Where a share is drawn, chance makes more copies and fewer: who has not asked for the gate does not wait long for it. */
function inTheWay({ gate, state: { seen } }: Case, finding: Finding): Finding {
  const isDrawn = seen.expected < seen.requests;
  return finding.reason === 'LowTraffic' && isDrawn && gate.byDefault ? { ...finding, mayStayOpen: true } : finding;
}

/** Copies, if as many go on arriving. */
function neededCopies({ state, arrivingProcess }: Case): number | undefined {
  const { seen, arriving, moving: { ratio: share } = {} } = state;
  if (arriving === undefined || share === undefined || seen.expected === 0) return undefined;
  const one = { requests: 1 / share, share, arrived: Math.min(1, seen.arrived / seen.expected) };
  return blocksNeeded(arrivingProcess, arriving, one, ASKED_TO_PROMOTE);
}

function counted({ seen: { expected, arrived } }: LostRequestsState): string {
  if (arrived >= expected) return `canary got all of ${grouped(expected)} expected copies`;
  const few = `${grouped(expected - arrived)} too few (${percent((expected - arrived) / expected)})`;
  return `canary got ${grouped(arrived)} of ${grouped(expected)} expected copies, ${few}`;
}

function numbersOf(one: Case): ComparisonNumbers {
  const { gate, state, against, asked } = one;
  const { seen, arriving } = state;
  const needed = arriving !== undefined && arriving.best >= ASKED_TO_PROMOTE ? 0 : neededCopies(one);
  return {
    unit: 'share',
    ...(seen.expected > 0 && { canary: Math.max(0, 1 - seen.arrived / seen.expected) }),
    max: gate.max,
    requests: { canary: seen.arrived, stable: seen.requests },
    against: { logEvidence: against, asked: askedToRollBack(asked.weight) },
    ...(arriving && { inFavour: { logEvidence: arriving.best, asked: ASKED_TO_PROMOTE } }),
    ...(needed === undefined ? {} : { needed: Math.ceil(needed) }),
  };
}
