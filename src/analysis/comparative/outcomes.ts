// Which of a block's requests count, and which of them failed, for each version by the way it is exposed.
// Never judges. Called by rate-gate.ts; facts on code 0 are in docs/reference/metrics.md.
import type { Outcomes, RateBlock } from '../../stats/rate.ts';
import type { ErrorCounts } from '../blocks/blocks.ts';
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
function outcomesOf(gate: RateGate, counts: ErrorCounts, copies: boolean): Outcomes {
  const others = counts.others ?? {};
  const unanswered = others[OTHERS.unanswered] ?? 0;
  const failed =
    gate.kind === 'errors' ? counts.errors + (copies ? unanswered : 0) : (others[OTHERS.clientErrors] ?? 0);
  const requests = copies ? counts.requests : Math.max(0, counts.requests - unanswered);
  return { requests: Math.max(requests, failed), errors: failed };
}

export const rateBlock = (gate: RateGate, { block, span }: Compared<ErrorCounts>): RateBlock => ({
  canary: outcomesOf(gate, block.canary, areCopies(span)),
  stable: outcomesOf(gate, block.stable, false),
});

const areCopies = ({ exposure }: ExposureSpan): boolean => exposure === 'mirrored';
