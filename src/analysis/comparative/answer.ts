// What every comparative gate is asked, and what it answers; the checks that all kinds share.
// Never holds a kind's own arithmetic. Called by the gates of this room, and by comparisons.ts, which makes verdicts of answers.
import { roughly } from '../../lib/amounts.ts';
import type { Millis } from '../../lib/clock.ts';
import { formatDuration } from '../../lib/duration.ts';
import { threshold } from '../../stats/e-process.ts';
import type { Waiting } from '../blocks/blocks.ts';
import type { ComparisonNumbers, ComparisonVerdict } from '../verdict.ts';
import { ALPHA } from './setting.ts';

/** Of the present moment, the same for all gates but for their weight. */
export interface Asked {
  readonly at: Millis;
  readonly exposure: 'none' | 'preview' | 'mirrored' | 'live';
  /** Why stable has no traffic any more (100 % is written), as text. */
  readonly frozen?: string;
  /** Both versions have fresh samples. */
  readonly fresh: boolean;
  /** Why stable's requests cannot be restricted to those that are copied, as text. */
  readonly confounded?: string;
  /** The gate's part in the combined evidence, in (0, 1]. */
  readonly weight: number;
  /** It has had the evidence to roll back, and nothing takes that away. */
  readonly reached: boolean;
  /** For whom the next block of the gate's kind waits. */
  readonly waiting: readonly Waiting[];
}

export interface Answer
  extends Pick<ComparisonVerdict, 'verdict' | 'reason' | 'message' | 'oneSided' | 'stableFailsToo' | 'mayStayOpen'> {
  readonly numbers: ComparisonNumbers;
}

export type Finding = Omit<Answer, 'numbers' | 'oneSided'> & { readonly oneSided?: boolean };

export const open = (reason: Answer['reason'], message: string): Finding => ({
  verdict: 'inconclusive',
  reason,
  message,
});

/** It says why it says nothing, and does not stand in the way. */
export const aside = (reason: Answer['reason'], message: string): Finding => ({
  ...open(reason, message),
  mayStayOpen: true,
});

/** Above `max` with stable above it too: the release waits, and nothing passes. */
export const bothAbove = (told: string): Finding =>
  open('Incident', `${told}; stable is above it too: something else is wrong, or \`max\` is too low`);

/** The evidence that a gate of this weight needs by itself to roll back: ln(1/(alpha·weight)). */
export const askedToRollBack = (weight: number): number => threshold(ALPHA.rollBack) - Math.log(weight);

/** Weighed by its part in the combined evidence, ln; undefined while it is not enough to roll back. */
export function rollsBack(logEvidence: number, { weight, reached }: Asked): number | undefined {
  const weighed = logEvidence + Math.log(weight);
  if (weighed >= threshold(ALPHA.rollBack)) return weighed;
  return reached ? threshold(ALPHA.rollBack) : undefined;
}

/**
 * Of each gate, and no less because there are many: if any of them is beyond its tolerance, that one reaches it with probability
 * alpha at most, and so do all of them (intersection–union, Berger 1982).
 */
export const ASKED_TO_PROMOTE = threshold(ALPHA.promote);

/** Before anything is compared: at 100 %, in a preview, or where stable's part cannot be told. */
export function setAside({
  frozen,
  exposure,
  confounded,
}: Pick<Asked, 'frozen' | 'exposure' | 'confounded'>): Finding | undefined {
  if (frozen !== undefined) return aside('Frozen', `it compares with stable, and stands still: ${frozen}`);
  if (exposure === 'preview' || exposure === 'none')
    return aside('NotCompared', 'callers of a preview are a selection, and say nothing about all others');
  if (confounded !== undefined) return aside('Confounded', confounded);
  return undefined;
}

/** The same for what is compared by pods: whichever requests they get. */
export function podsSetAside({ confounded: _, ...asked }: Asked): Finding | undefined {
  return setAside(asked);
}

export function stale({ fresh }: Asked): Finding | undefined {
  return fresh ? undefined : open('Stale', 'not both versions have fresh samples');
}

/** No block has closed in this exposure, and for whom it waits. */
export function noBlock({ waiting, at }: Asked): Finding {
  const [first] = waiting;
  const why =
    first === undefined ? '' : `; waiting for a scrape of ${first.pod} since ${formatDuration(at - first.since)}`;
  return open('NoData', `no block of both versions has closed yet${why}`);
}

/** Longer than this, and it is the traffic that is missing rather than patience. */
const PATIENCE_MS = 30 * 60_000;

/** How much more is needed, as a clause, and which reason that makes. `perSecond`: of the canary's requests. */
export function stillNeeded(
  needed: number,
  perSecond: number,
): { readonly reason: Answer['reason']; readonly text: string } {
  const ms = perSecond > 0 ? (needed / perSecond) * 1000 : Infinity;
  const time = Number.isFinite(ms) ? `, ${formatDuration(Math.ceil(ms / 1000) * 1000)} at the present rate` : '';
  return {
    reason: ms > PATIENCE_MS ? 'LowTraffic' : 'MoreEvidence',
    text: `some ${roughly(needed)} more requests of the canary are needed${time}`,
  };
}
