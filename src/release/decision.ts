// What can be decided: one union, so that a reader sees every move a release can make.
// Never carries an effect; act derives those from the status that apply writes. Made by policies, read by apply and act.
import type { GateVerdict } from '../analysis/gate.ts';
import type { Reason } from '../api/conditions.ts';
import type { RollBackStatus, VersionName } from './status.ts';
import type { RouteIntent } from './target.ts';

export type Move =
  /** Look again later. */
  | { readonly kind: 'wait' }
  /** Stay, protect users, and say so. */
  | { readonly kind: 'hold' }
  /** Write the next target, scaling a version beside it where wanted. */
  | { readonly kind: 'route'; readonly intent: RouteIntent; readonly scale?: Scale }
  /** Live weight back to stable at once; the step begins anew when the canary's pods are ready again. */
  | { readonly kind: 'withdraw'; readonly intent: RouteIntent; readonly scale?: Scale }
  | { readonly kind: 'scale'; readonly scale: Scale }
  | { readonly kind: 'enter'; readonly step: number }
  | { readonly kind: 'rollBack'; readonly outcome: RollBackStatus['outcome']; readonly verdict?: GateVerdict }
  /** A new canary revision: take traffic away, then begin the next attempt. */
  | { readonly kind: 'restart'; readonly revision: string }
  | { readonly kind: 'newAttempt'; readonly revision: string }
  | { readonly kind: 'cleanUp' }
  /** A person's order to promote without further evidence. */
  | { readonly kind: 'byHand'; readonly why: string }
  | { readonly kind: 'remove'; readonly version: VersionName }
  | { readonly kind: 'finish'; readonly phase: 'Promoted' | 'RolledBack'; readonly withheld?: string };

export interface Scale {
  readonly version: VersionName;
  readonly replicas: number;
}

export type Decision = Move & {
  /** The policy that spoke. */
  readonly policy: string;
  /** Stable for machines. */
  readonly reason: Reason;
  /** One sentence for people. */
  readonly message: string;
  readonly numbers?: Readonly<Record<string, number | string>>;
};

/** Moves after which the policies are asked again in the same turn: they change only what is remembered. */
export const isBookkeeping = (decision: Decision): boolean =>
  decision.kind === 'enter' ||
  decision.kind === 'rollBack' ||
  decision.kind === 'restart' ||
  decision.kind === 'newAttempt' ||
  decision.kind === 'cleanUp' ||
  decision.kind === 'byHand';
