// What a release waits for, in the few words that a progress line has room for: its comparisons' projections come first.
// Never decides. Called by progress.ts and heard.ts; pure.
import { roughly } from '../lib/amounts.ts';
import type { ReleaseStatus, VerdictRecord } from '../release/status.ts';

interface Spoken {
  readonly kind: string;
  readonly policy: string;
  readonly reason: string;
  readonly message: string;
}

export function waitingFor(
  last: Spoken | undefined,
  { gates = [], counts }: Pick<ReleaseStatus, 'gates' | 'counts'>,
  minRequests: number,
): string | undefined {
  if (last?.kind !== 'wait' || last.policy === 'minimumTime') return undefined;
  const hasCounted = Math.floor(Math.min(counts?.canary ?? 0, counts?.stable ?? 0)) >= minRequests;
  return (last.reason === 'MoreEvidence' && hasCounted ? openGates(gates) : undefined) ?? last.message;
}

/** `errors (1,200 more requests), latency (NearTolerance)`; undefined where the sentence of the one that is open says more. */
function openGates(gates: readonly VerdictRecord[]): string | undefined {
  const open = gates.filter(({ verdict, mayStayOpen }) => verdict === 'inconclusive' && mayStayOpen !== true);
  const needs = open.map((gate) => ({ gate, needed: neededOf(gate) }));
  const isSaidByOne = open.length < 2 || !open.some(({ evidence }) => evidence?.kind === 'comparison');
  if (isSaidByOne && needs.every(({ needed }) => needed === 0)) return undefined;
  const told = needs.map(({ gate: { gate, reason }, needed }) =>
    needed === 0 ? `${gate} (${reason})` : `${gate} (${roughly(needed)} more requests)`,
  );
  return `waiting for ${told.join(', ')}`;
}

const neededOf = ({ evidence }: VerdictRecord): number =>
  evidence?.kind === 'comparison' ? (evidence.needed ?? 0) : 0;
