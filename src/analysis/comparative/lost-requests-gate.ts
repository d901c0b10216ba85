// The gate `lostRequests`: do copies of stable's requests not arrive at the canary? Refused ones are no errors anywhere.
// Never speaks of live traffic, where a caller sees what is lost. Called by comparisons.ts.
import { fewerLost, leastReached, moreLost } from '../../stats/lost.ts';
import { type Copies, copiesOf, type ErrorCounts } from '../blocks/blocks.ts';
import { thousandths } from './brief.ts';
import { type Compared, isComparable } from './exposure.ts';
import type { GateProcess } from './gate-process.ts';
import type { LostRequestsGate } from './kinds.ts';
import { answerLostRequests, LEARNED_FROM, type LostRequestsState, type LostSeen } from './lost-requests-answer.ts';
import { onsetOf, type Setting } from './setting.ts';
import { isConfirmed, isWhole } from './steady.ts';
import { type Ended, type Paced, paceOf, stretched, type Told } from './stretches.ts';

/** Requests take less than a second, mostly; and a few more may be on the way. */
const ON_THE_WAY_SECONDS = 1;
const FEWEST_ON_THE_WAY = 5;

/** Of what reached the canary at first, that much is relied on (standard deviations). */
const CAUTION = 3;

const NOTHING: LostSeen = { requests: 0, expected: 0, arrived: 0, seconds: 0 };

/**
 * Evidence to roll back (`moreLost`) is against the hypothesis that no more than `max` of the copies are lost: of all
 * that were to be sent where callers count them; otherwise of what was reached at first, since callers may be outside of the mesh
 * or its mirrored routes: then a fall is what speaks. Evidence to promote (`fewerLost`) is always against all that were to be sent.
 *
 * A copy is counted later than its request, or by another clock, so that when traffic moves copies are missing for a while: blocks are joined
 * to stretches, and what moved in these is never held against the canary, nor for it. A roll back is asked of a stretch when the next
 * one is known as well, since a canary whose clock is ahead falls silent first when all do. For a promotion clocks are taken to be right:
 * then what both versions counted in the stretch tells.
 */
export function lostRequestsGate(
  gate: LostRequestsGate,
  setting: Setting,
): GateProcess<Compared<ErrorCounts>, LostRequestsState> {
  const { max } = gate;
  const { dispersion, byCallers } = setting;
  const pace = paceOf(setting);
  const missing = moreLost({ limit: max, dispersion, onset: onsetOf(setting, pace.lengthMs) });
  const arriving = fewerLost({ limit: max, dispersion });

  const withEnded = (state: LostRequestsState, ended: Ended): LostRequestsState => {
    const { ratio: share, traffic: requests, canary: arrived, uneven, isApart } = ended;
    const onTheWay = onTheWayOf(ended);
    // After a gap no more arrive without a request than were missing before it, unless more are on the way than ever.
    const paid = state.paid ?? 0;
    const ends = { from: uneven, to: uneven, onTheWay: Math.max(0, onTheWay - paid), isApart };
    const block = { requests, share, arrived, ends };
    return {
      ...state,
      paid: isApart ? Math.max(paid, onTheWay) : paid,
      arriving: arriving.after(state.arriving ?? arriving.start, block),
    };
  };

  const withTold = (state: LostRequestsState, told: Told, reached: number): LostRequestsState => {
    const { traffic: requests, canary: arrived, ratio, movedAtStart: from, movedAtEnd: to, isApart } = told;
    const ends = { from, to, onTheWay: onTheWayOf(told), isApart };
    const block = { requests, share: ratio * reached, arrived, ends };
    // What was reached was learned from this stretch as well.
    const { learnedTo = -Infinity, ...rest } = state;
    if (told.from < learnedTo) return state;
    return { ...rest, missing: missing.after(state.missing ?? missing.start, block) };
  };

  const fold = (before: LostRequestsState, copies: Copies, ratio: number): LostRequestsState => {
    const { from, to, requests: traffic, arrived: canary } = copies;
    const block = { from, to, traffic, canary, ratio };
    const { stretches: moving, ended, told } = stretched(before.moving, block, pace);
    const state = { ...before, moving, seen: added(before.seen, copies) };
    if (ended === undefined) return state;
    const after = withEnded(state, ended);
    const reached = after.reached ?? (byCallers ? 1 : undefined);
    if (reached === undefined) return learned(after, ended, dispersion);
    return told === undefined ? { ...after, reached } : withTold({ ...after, reached }, told, reached);
  };

  const against = ({ missing: state }: LostRequestsState): number =>
    state === undefined ? 0 : missing.logEvidence(state);

  return {
    start: { seen: NOTHING, whole: true },
    after(state, compared) {
      const { block, span } = compared;
      if (span.exposure !== 'mirrored' || !isComparable(span) || !isConfirmed(compared)) return state;
      const copies = copiesOf(block, [{ from: span.from, to: span.to ?? Infinity, share: span.share }]);
      const whole = copies !== undefined && isWhole(block);
      if (copies === undefined || !whole || !state.whole) return { ...state, whole };
      // Nothing is expected as long as stable gets nothing; what arrives then was on the way, or is not a copy.
      return copies.expected > 0 || state.seen.expected > 0 ? fold(state, copies, span.share) : state;
    },
    against,
    answer: (state, asked) =>
      answerLostRequests(gate, {
        state,
        against: against(state),
        dispersion,
        byCallers,
        stretchMs: pace.lengthMs,
        arrivingProcess: arriving,
        asked,
      }),
  };
}

const onTheWayOf = ({ from, to, traffic, ratio }: Paced): number =>
  Math.max(FEWEST_ON_THE_WAY, Math.ceil((ON_THE_WAY_SECONDS * traffic * ratio) / ((to - from) / 1000)));

const added = (seen: LostSeen, { requests, expected, arrived, from, to }: Copies): LostSeen => ({
  requests: thousandths(seen.requests + requests),
  expected: thousandths(seen.expected + expected),
  arrived: thousandths(seen.arrived + arrived),
  seconds: seen.seconds + (to - from) / 1000,
});

/** Fixed, once there are enough of them. */
function learned(state: LostRequestsState, ended: Ended, dispersion: number): LostRequestsState {
  const { seen } = state;
  if (seen.expected < LEARNED_FROM.copies || seen.seconds < LEARNED_FROM.seconds) return state;
  const reached = leastReached(seen, onTheWayOf(ended) + ended.uneven, CAUTION * Math.sqrt(dispersion));
  return { ...state, learnedTo: ended.to, reached: Math.floor(reached * 10_000) / 10_000 };
}
