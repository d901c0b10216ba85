// What a pod's own probes made of the requests in a block, by the rate that its template implies, and never more than that.
// Never takes off an error, and lets no pod fall below zero. Called by errors.ts, which keeps what is left over in its cursor.
import type { Millis } from '../../lib/clock.ts';
import { inSteps, STEPS } from './counter.ts';
import type { OfVersions, ProbeLoad } from './samples.ts';

/**
 * By pod, in steps of 2⁻²⁰ requests: what its probes may have made and was not found. It fills at their rate, so that a probe
 * every ten seconds is taken off although blocks are shorter.
 */
export type Allowances = OfVersions<Readonly<Record<string, number>>>;

export const NO_ALLOWANCES: Allowances = { canary: {}, stable: {} };

/** Probes that may come at once, over what their rate implies: readiness and liveness in step with each other. */
const PROBES_AT_ONCE = 2;

export interface TakenOff {
  readonly requests: number;
  /** Steps; for the next block. */
  readonly left: number;
}

export interface PodCounted {
  readonly from: Millis;
  readonly to: Millis;
  readonly requests: number;
  readonly errors: number;
  /** For how long of the block the pod was there. */
  readonly podSeconds: number;
}

/** `left`: after the block before; a pod that was not there then begins with what may come at once. */
export function takeOff(
  { from, to, requests, errors, podSeconds }: PodCounted,
  probes: ProbeLoad,
  left = PROBES_AT_ONCE * STEPS,
): TakenOff {
  const rate = rateIn(probes, from, to);
  const atOnce = rate === 0 ? 0 : PROBES_AT_ONCE;
  const allowed = inSteps(Math.min(left / STEPS, atOnce) + rate * podSeconds);
  const taken = Math.min(Math.max(0, requests - errors), allowed);
  return { requests: requests - taken, left: (allowed - taken) * STEPS };
}

/** Requests per second, on average over (from, to]. */
function rateIn({ perSecond, starting }: ProbeLoad, from: Millis, to: Millis): number {
  const extra = Math.max(0, (starting?.perSecond ?? 0) - perSecond);
  const part = Math.min(1, Math.max(0, ((starting?.until ?? from) - from) / (to - from)));
  return perSecond + extra * part;
}
