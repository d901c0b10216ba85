// Which of a block's requests count, and which of them failed, for each version by the way it is exposed.
// Never judges. Called by rate-gate.ts; facts on code 0 are in docs/reference/metrics.md.
import type { Outcomes, RateBlock, UnplacedErrors } from '../../stats/rate.ts';
import type { Block, Counted, ErrorCounts, ErrorEnds } from '../blocks/blocks.ts';
import type { Compared, ExposureSpan } from './exposure.ts';
import type { RateGate } from './kinds.ts';

/** Names of the classes beside requests and errors. */
export const OTHERS = {
  /** 4xx. */
  clientErrors: 'clientErrors',
  /** No answer at all (Envoy's response code 0). */
  unanswered: 'unanswered',
} as const;

/**
 * A request without an answer is a caller who gave up, and says nothing of the version; it is left out. A copy has no
 * caller who could give up: without an answer it ran into the route's timeout, and has failed.
 */
function outcomesOf(gate: RateGate, counts: Counted, copies: boolean): Outcomes {
  const others = counts.others ?? {};
  const unanswered = others[OTHERS.unanswered] ?? 0;
  const failed =
    gate.kind === 'errors' ? counts.errors + (copies ? unanswered : 0) : (others[OTHERS.clientErrors] ?? 0);
  const requests = copies ? counts.requests : Math.max(0, counts.requests - unanswered);
  return { requests: Math.max(requests, failed), errors: failed };
}

/** `isApart`: the block before it was not compared. */
export function rateBlock(gate: RateGate, { block, span }: Compared<ErrorCounts>, isApart: boolean): RateBlock {
  const canary = outcomesOf(gate, block.canary, areCopies(span));
  const stable = outcomesOf(gate, block.stable, false);
  return {
    canary,
    stable: span.confounded === undefined ? stable : atWorst(stable, canary, span),
    ...endsOf(gate, block, areCopies(span)),
    ...(isApart && { isApart }),
  };
}

function endsOf(gate: RateGate, { canary, stable }: Block<ErrorCounts>, copies: boolean): Pick<RateBlock, 'ends'> {
  if (canary.ends === undefined && stable.ends === undefined) return {};
  const failed = (counts: Counted | undefined, areCopies: boolean) =>
    counts === undefined ? 0 : outcomesOf(gate, counts, areCopies).errors;
  const at = (end: keyof ErrorEnds): UnplacedErrors => ({
    canary: { before: failed(canary.ends?.[end].before, copies), after: failed(canary.ends?.[end].after, copies) },
    stable: { before: failed(stable.ends?.[end].before, false), after: failed(stable.ends?.[end].after, false) },
  });
  return { ends: { from: at('from'), to: at('to') } };
}

/**
 * Only some methods are copied, and stable's counts do not tell them. Its requests with these methods are taken to be as many as the copies and
 * their share say, and all of its errors to be among them: more errors of stable's only make the evidence smaller.
 *
 * That a drawn share gives a number that is off by chance does no harm. Of M such requests each is copied with probability w; with
 * nS = nC/w, κ = 1/(factor·w) is fixed, and per request the process of rate-worse.ts multiplies by 1 − w + w·e^(−c)·(1 + x) in the mean,
 * x = u·κ·pC and c = u·points/(factor·w). For c ≤ x that is at most exp(w·(x − c)), since (1 + x)·e^(−c) − 1 ≤ x − c there; at
 * the tolerance pC = factor·pS + points, so c ≤ x, and with (1 − u)^eS all together is at most exp(M·(w·(x − c) − u·pS)) = 1.
 */
function atWorst(stable: Outcomes, canary: Outcomes, { share }: ExposureSpan): Outcomes {
  const requests = share > 0 ? canary.requests / share : 0;
  return { requests: Math.max(requests, stable.errors), errors: stable.errors };
}

const areCopies = ({ exposure }: ExposureSpan): boolean => exposure === 'mirrored';
