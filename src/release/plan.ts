// The plan: the policy's steps with their units read, in the order in which the release walks them.
// Never looks at the world. Made by resolve.ts; read by decide, the controller, `serin plan` and the report.
import type { ComparativeGate } from '../analysis/comparative/kinds.ts';
import type { RouteTarget } from '../routing/target.ts';
import type { Exposure } from './target.ts';

export type StepKind = 'baseline' | 'preview' | 'mirror' | 'shift' | 'bake';

export interface Step {
  readonly kind: StepKind;
  /** What the user wrote, for people: "10%", or "" where a step has no share. */
  readonly traffic: string;
  readonly exposure: Exposure;
  readonly target: RouteTarget;
  readonly atLeastMs: number;
  readonly atMostMs?: number;
  /** Whether entering needs an approval for this revision. */
  readonly approval: boolean;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** One weight total for the whole release: the least common denominator of its shares. */
  readonly total: number;
  readonly minRequests: number;
  /** The fewest pods of an exposed canary. */
  readonly minReplicas: number;
  readonly deadlineMs: number;
  readonly onInconclusive: 'hold' | 'rollBack';
  readonly cleanup: { readonly stable: 'scaleDown' | 'delete' | 'keep'; readonly afterMs: number };
  /** Those with a query. */
  readonly gates: readonly { readonly name: string; readonly promql: string }[];
  /** Those that compare counts. */
  readonly comparative: readonly ComparativeGate[];
}

/** "mirror 10%", "bake": how lines and reports name a step. */
export const stepLabel = (step: Step): string => (step.traffic === '' ? step.kind : `${step.kind} ${step.traffic}`);
