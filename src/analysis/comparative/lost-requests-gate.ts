// The gate `lostRequests`: do copies of stable's requests not arrive at the canary? Refused ones are no errors anywhere.
// Never speaks of live traffic, where a caller sees what is lost. Called by comparisons.ts.

import { fewerLost, leastReached, moreLost } from '../../stats/lost.ts';
import { type Copies, copiesOf, type ErrorCounts } from '../blocks/blocks.ts';
import { shortLog, thousandths } from './brief.ts';
import { type Compared, isComparable } from './exposure.ts';
import type { GateProcess } from './gate-process.ts';
import type { LostRequestsGate } from './kinds.ts';
import { answerLostRequests, LEARNED_FROM, type LostRequestsState, type LostSeen } from './lost-requests-answer.ts';
import { onsetOf, type Setting } from './setting.ts';
import { isConfirmed, isWhole } from './steady.ts';

export interface CopiesCountedBy {
  /** Callers' proxies count the copies that they send; otherwise the canary counts those that reach it. */
  readonly byCallers: boolean;
}

/** Requests take less than a second, mostly; and a few more may be on the way. */
const ON_THE_WAY_SECONDS = 1;
const FEWEST_ON_THE_WAY = 5;

/** Of what reached the canary at first, that much is relied on (standard deviations). */
const CAUTION = 3;

/** A block cut between the scrapes of both versions shows copies as missing that the next one or two have. */
const LASTING_BLOCKS = 3;

const NOTHING: LostSeen = { requests: 0, expected: 0, arrived: 0, seconds: 0 };

/**
 * Evidence to roll back (`moreLost`) is against the hypothesis that no more than `max` of the copies are lost: of all
 * that were to be sent where callers count them; otherwise of what was reached at first, since callers may be outside of the mesh
 * or its mirrored routes: then a fall is what speaks. The least of the evidence after the last three blocks counts, which is
 * never more than that now. Evidence to promote (`fewerLost`) is always against all that were to be sent.
 */
export function lostRequestsGate(
  gate: LostRequestsGate,
  setting: Setting,
  { byCallers }: CopiesCountedBy,
): GateProcess<Compared<ErrorCounts>, LostRequestsState> {
  const { max } = gate;
  const { dispersion } = setting;
  const onset = onsetOf(setting, setting.lengths.errors);
  const missingProcess = (inFlight: number) => moreLost({ limit: max, inFlight, dispersion, onset });
  const arrivingProcess = (inFlight: number) => fewerLost({ limit: max, inFlight, dispersion });

  const fold = (state: LostRequestsState, copies: Copies, share: number): LostRequestsState => {
    const { arrived, requests } = copies;
    const inFlight = state.inFlight ?? onTheWay(copies);
    const arriving = arrivingProcess(inFlight);
    const before = { ...state, inFlight, seen: added(state.seen, copies) };
    const after = {
      ...before,
      arriving: arriving.after(state.arriving ?? arriving.start, { requests, share, arrived }),
    };
    const reached = state.reached ?? (byCallers ? 1 : undefined);
    if (reached === undefined) return learned(after, dispersion);
    const missing = missingProcess(inFlight);
    const known = state.missing ?? missing.start;
    return {
      ...after,
      reached,
      missing: missing.after(known, { requests, share: share * reached, arrived }),
      recent: [...state.recent, shortLog(missing.logEvidence(known))].slice(1 - LASTING_BLOCKS),
    };
  };

  const against = ({ missing, inFlight = 0, recent }: LostRequestsState): number =>
    missing === undefined || recent.length < LASTING_BLOCKS - 1
      ? 0
      : Math.min(missingProcess(inFlight).logEvidence(missing), ...recent);

  return {
    start: { seen: NOTHING, recent: [], whole: true },
    after(state, compared) {
      const { block, span } = compared;
      if (span.exposure !== 'mirrored' || !isComparable(span) || !isConfirmed(compared)) return state;
      const copies = copiesOf(block, [{ from: span.from, to: span.to ?? Infinity, share: span.share }]);
      const whole = copies !== undefined && isWhole(block);
      if (copies === undefined || !whole || !state.whole) return { ...state, whole };
      // Nothing is expected as long as stable gets nothing; what arrives then was on the way, or is not a copy.
      return copies.expected > 0 || state.inFlight !== undefined ? fold(state, copies, span.share) : state;
    },
    against,
    answer: (state, asked) =>
      answerLostRequests(gate, { state, against: against(state), dispersion, byCallers, arrivingProcess, asked }),
  };
}

const onTheWay = ({ expected, from, to }: Copies): number =>
  Math.max(FEWEST_ON_THE_WAY, Math.ceil((ON_THE_WAY_SECONDS * expected) / ((to - from) / 1000)));

const added = (seen: LostSeen, { requests, expected, arrived, from, to }: Copies): LostSeen => ({
  requests: thousandths(seen.requests + requests),
  expected: thousandths(seen.expected + expected),
  arrived: thousandths(seen.arrived + arrived),
  seconds: seen.seconds + (to - from) / 1000,
});

/** Fixed, once there are enough of them. */
function learned(state: LostRequestsState, dispersion: number): LostRequestsState {
  const { seen, inFlight = 0 } = state;
  if (seen.expected < LEARNED_FROM.copies || seen.seconds < LEARNED_FROM.seconds) return state;
  const reached = leastReached(seen, inFlight, CAUTION * Math.sqrt(dispersion));
  return { ...state, reached: Math.floor(reached * 10_000) / 10_000 };
}
