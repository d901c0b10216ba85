// What a rule knows before the first block.
// Never what it is to find out, but for the oracle. Made by stream.ts, read by the rules.

export type Arms = 'mirror' | 'split';

/** What a rule knows before the first block. */
export interface Setting {
  readonly arms: Arms;
  /** The canary's share of all requests that are judged: 0.5 for mirrored pairs. Where it changes, the first. */
  readonly share: number;
  /** When the rule has to have answered. */
  readonly deadlineSeconds: number;
  readonly blockSeconds: number;
  /** Upper edges of latency buckets in milliseconds, the last one infinite. */
  readonly edges?: readonly number[];
  /** What stable had counted in the hour before. */
  readonly before: { readonly requests: number; readonly errors: number; readonly buckets?: readonly number[] };
  /** Whether a promotion ends the run; else one goes on until the deadline, or until it is rolled back. */
  readonly mayPromote?: boolean;
  /** Serin is told of so many blocks at a time; which are the same. */
  readonly blocksPerLook?: number;
  /** The true failure probabilities: for the oracle alone. */
  readonly truth?: { readonly canary: number; readonly stable: number };
}
