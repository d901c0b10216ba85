// What the gate `trafficShare` answers: the first check that speaks decides, and says its numbers in one sentence.
// Never gathers evidence (traffic-share-gate.ts does). Called by traffic-share-gate.ts.
import { formatDuration } from '../../lib/duration.ts';
import { NOTHING } from '../../stats/logs.ts';
import type { Mixture } from '../../stats/mixture.ts';
import { sideOf } from '../../stats/sample-ratio.ts';
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
} from './answer.ts';
import type { TrafficShareGate } from './kinds.ts';
import type { Stretches } from './stretches.ts';
import { grouped, oneOf, percent } from './words.ts';

/** Within the tolerance no number of requests would do at a share of 0.1 %; so far off, some hundred of the canary's do. */
const COARSE = 0.2;

/** How far off is ruled out for a pass. */
export const coarseOf = (within: number): number => Math.max(COARSE, within);

/** Requests in all live blocks that count. */
export interface ShareSeen {
  /** Of the canary's, by the configured shares. */
  readonly expected: number;
  readonly canary: number;
  readonly stable: number;
}

export interface TrafficShareState {
  readonly share: Mixture;
  readonly notShort: Mixture;
  readonly notOver: Mixture;
  readonly seen: ShareSeen;
  readonly moving?: Stretches;
  /** No pod came or went in the latest block. */
  readonly whole: boolean;
}

export interface TrafficShareFindings {
  /** ln, on either side. */
  readonly evidence: number;
  /** How long requests are counted for before they say anything. */
  readonly stretchMs: number;
}

export function answerTrafficShare(
  gate: TrafficShareGate,
  state: TrafficShareState,
  { evidence, stretchMs }: TrafficShareFindings,
  asked: Asked,
): Answer {
  const finding =
    otherShare(gate, state, evidence, asked) ??
    setAside(asked) ??
    notLive(asked) ??
    stale(asked) ??
    empty(state, asked) ??
    shown(gate, state, evidence) ??
    firstStretch(state, stretchMs) ??
    moreEvidence(gate, state, evidence);
  return { oneSided: false, ...finding, numbers: numbersOf(gate, state, evidence, asked) };
}

function otherShare(
  { within }: TrafficShareGate,
  { share, seen }: TrafficShareState,
  evidence: number,
  asked: Asked,
): Finding | undefined {
  const isOver = sideOf(share) === 'over';
  const strength = (weighed: number) =>
    `${counted(seen)}; were it within ${percent(within)} of that, evidence this strong would appear in fewer than ${oneOf(weighed)} releases`;
  const short = rollsBack(isOver ? NOTHING : evidence, asked);
  if (short !== undefined)
    return { verdict: 'fail', reason: 'Worse', message: `${strength(short)}: requests do not reach it` };
  const over = rollsBack(evidence, asked);
  if (over === undefined) return undefined;
  const why = 'the route or the data is wrong, or its failed requests are sent again';
  return open('Confounded', `${strength(over)}: ${why}`);
}

const notLive = ({ exposure }: Asked): Finding | undefined =>
  exposure === 'live' ? undefined : aside('NotCompared', 'the canary has no share of live requests yet');

function empty({ seen }: TrafficShareState, asked: Asked): Finding | undefined {
  if (seen.canary + seen.stable > 0) return undefined;
  return noBlock(asked);
}

function shown(
  { within }: TrafficShareGate,
  { notShort, notOver, seen }: TrafficShareState,
  evidence: number,
): Finding | undefined {
  const least = Math.min(notShort.best, notOver.best);
  if (least < ASKED_TO_PROMOTE || evidence > 0) return undefined;
  const strength = `were it ${percent(coarseOf(within))} more or less, this would appear in fewer than ${oneOf(least)} releases`;
  return { verdict: 'pass', reason: 'Passed', message: `${counted(seen)}; ${strength}` };
}

/** The versions are counted at different times. */
const firstStretch = ({ notShort, seen }: TrafficShareState, stretchMs: number): Finding | undefined =>
  notShort.blocks > 0
    ? undefined
    : open('MoreEvidence', `${counted(seen)}; at least ${formatDuration(stretchMs)} of them are needed`);

function moreEvidence({ within }: TrafficShareGate, { seen }: TrafficShareState, evidence: number): Finding {
  if (evidence > 0) return open('MoreEvidence', `${counted(seen)}: perhaps not within ${percent(within)} of that`);
  return open('MoreEvidence', `${counted(seen)}; some hundred requests of the canary are needed`);
}

const counted = ({ expected, canary, stable }: ShareSeen): string =>
  `canary got ${grouped(canary)} of ${grouped(canary + stable)} requests, ${grouped(expected)} by the configured share`;

function numbersOf(
  { within }: TrafficShareGate,
  { share, notShort, notOver, seen }: TrafficShareState,
  evidence: number,
  asked: Asked,
): ComparisonNumbers {
  const { expected, canary, stable } = seen;
  const all = canary + stable;
  return {
    unit: 'share',
    ...(all > 0 && { canary: canary / all, tolerated: Math.min(1, (expected / all) * (1 + within)) }),
    requests: { canary, stable },
    against: { logEvidence: sideOf(share) === 'short' ? evidence : 0, asked: askedToRollBack(asked.weight) },
    inFavour: { logEvidence: Math.min(notShort.best, notOver.best), asked: ASKED_TO_PROMOTE },
  };
}
