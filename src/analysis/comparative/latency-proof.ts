// What the gate `latency` has found: how it compares, chosen once, and what each exposure has shown.
// Never gathers or judges. Made by latency-gate.ts, put into words by latency-answer.ts.
import type { LatencyState as SlowerState } from '../../stats/latency.ts';
import type { SlowEdges, SlowEdgesState } from '../../stats/slow-edges.ts';
import type { Proving } from './exposure.ts';
import type { Against } from './max.ts';

/** Fewer of stable's requests say too little about where in the buckets they lie. */
export const ENOUGH = 500;

/** Chosen once, by what stable showed before. */
export interface ComparedLatency {
  readonly buckets: 'exact' | 'interpolated';
  /** Indexes of the edges around the quantile. */
  readonly edges: readonly number[];
  readonly slower: SlowerState;
  /** Of the latest exposure. */
  readonly proof?: LatencyProof;
}

export interface LatencyProof {
  readonly exposure: Proving;
  readonly noSlower: SlowEdgesState;
  readonly canary: readonly number[];
  readonly stable: readonly number[];
  readonly seconds: number;
}

export interface LatencyFindings extends Against {
  readonly proofProcess?: SlowEdges;
}
