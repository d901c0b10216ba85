// What all gates of an attempt rest on, fixed before its first block: whoever changed it in between would make the evidence void.
// Never estimated from the canary. Made when the canary is first exposed, and kept in the release's status.
import type { Millis } from '../../lib/clock.ts';
import { lateOnset, type Onset } from '../../stats/mixture.ts';
import type { Outcomes } from '../../stats/rate.ts';

export { ALPHA } from '../../lib/error-levels.ts';

/** Of blocks, milliseconds (see blockLengthOf). */
export interface BlockLengths {
  readonly errors: number;
  readonly latency: number;
  readonly gauges: number;
}

export interface Setting {
  /** When the routes that first exposed the canary were read back. */
  readonly began: Millis;
  readonly deadlineMs: number;
  readonly lengths: BlockLengths;
  /** How much more stable's own errors scatter than chance; 1 or more. */
  readonly dispersion: number;
  /** Stable's requests and errors before the canary. */
  readonly history: Outcomes;
  /** Before the canary, in the buckets that stable's histograms have. */
  readonly latencyBefore?: LatencySetting;
  /** How long blocks of a gauge must be for one to be nearly independent of the next, milliseconds. */
  readonly gaugeBlocks: { readonly cpu: number; readonly memory: number };
  /** Callers' proxies count what they send, copies that never arrived included; otherwise the canary counts those that reach it. */
  readonly byCallers: boolean;
  /** Absent as long as not both versions have histograms. */
  readonly latency?: LatencySetting;
}

export interface LatencySetting {
  /** Finite upper bounds that all histograms have, ascending, milliseconds. */
  readonly edges: readonly number[];
  /** Stable's requests before the canary: one count for each bucket, that above all edges included. */
  readonly history: readonly number[];
  /** How much more its slow answers scatter than chance; 1 or more, and 1 where nothing is known. */
  readonly dispersion: number;
}

/** A regression may begin at any block until the deadline. */
export const onsetOf = ({ deadlineMs }: Setting, blockMs: number): Onset =>
  lateOnset(Math.max(1, Math.ceil(deadlineMs / blockMs)));

/** Stable's counts before the canary, in fewer buckets: those that both versions have. */
export function regrouped(before: LatencySetting | undefined, edges: readonly number[]): LatencySetting {
  const none = [...edges, Infinity].map(() => 0);
  const dispersion = before?.dispersion ?? 1;
  if (before === undefined || !edges.every((edge) => before.edges.includes(edge)))
    return { edges, history: none, dispersion };
  const history = before.history.reduce<readonly number[]>((counts, count, b) => {
    const bucket = edges.findIndex((edge) => (before.edges[b] ?? Infinity) <= edge);
    return counts.with(
      bucket < 0 ? edges.length : bucket,
      (counts.at(bucket < 0 ? edges.length : bucket) ?? 0) + count,
    );
  }, none);
  return { edges, history, dispersion };
}
