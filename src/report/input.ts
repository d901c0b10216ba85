// What the report and the terminal are made from: plain data, mapped from a release's status by whoever ran it.
// Never imports the rooms that own those facts. Filled by rehearsal/ and cli/; read by build.ts and terminal.ts.
import type { Millis } from '../lib/clock.ts';
import type { Problem } from '../lib/problem.ts';
import type { Time } from '../lib/time.ts';
import type { Evidence, FlaggersRule, Outcome, ReleaseReport, UsersReport } from './release-report.ts';

export type StepKind = 'baseline' | 'preview' | 'mirror' | 'shift' | 'bake';
export type Verdict = 'pass' | 'fail' | 'inconclusive';

export interface GateInput {
  readonly name: string;
  readonly verdict: Verdict;
  readonly mayStayOpen?: boolean;
  readonly evidence: Evidence;
}

export interface StepInput {
  readonly kind: StepKind;
  readonly traffic: string;
  readonly attempt: number;
  readonly startedAt: Time;
  readonly confirmedAt?: Time;
  readonly endedAt?: Time;
  readonly gates: readonly GateInput[];
}

export interface DecisionInput {
  readonly at: Time;
  readonly policy: string;
  readonly kind: string;
  readonly reason: string;
  readonly message: string;
  readonly numbers?: Readonly<Record<string, number | string>>;
}

export interface ReportInput {
  readonly outcome: Outcome;
  /** One sentence. */
  readonly reason: string;
  /** Absent when no release could be read. */
  readonly release?: NonNullable<ReleaseReport['release']>;
  readonly startedAt: Time;
  readonly endedAt: Time;
  readonly steps: readonly StepInput[];
  readonly decisions: readonly DecisionInput[];
  /** Absent when nothing was started: nobody failed. */
  readonly users?: UsersReport | 'notCounted';
  readonly flaggersRule?: FlaggersRule;
  readonly problems?: readonly Problem[];
}

/** Something worth a line of its own while a release runs. `at` counts from the start of the run. */
export type RunEvent = { readonly at: Millis } & (
  | { readonly kind: 'note'; readonly subject: string; readonly text: string }
  | { readonly kind: 'step'; readonly step: string; readonly number: number; readonly of: number }
  | {
      readonly kind: 'confirmed';
      readonly step: string;
      readonly tookMs: number;
      /** `time`: a setting, or too little traffic to tell. */
      readonly by: 'traffic' | 'time';
      /** What was seen: requests of the canary, live or copies. */
      readonly seen?: { readonly requests: number; readonly what: 'copies' | 'requests' };
    }
  | { readonly kind: 'gate'; readonly gate: string; readonly verdict: Verdict; readonly message: string }
  | { readonly kind: 'hold'; readonly reason: string; readonly message: string }
  | { readonly kind: 'rollBack'; readonly reason: string; readonly message: string }
  | { readonly kind: 'trouble'; readonly subject: string; readonly text: string }
);

/** What the progress line shows; taken anew several times a second. */
export interface Progress {
  readonly at: Millis;
  readonly step: string;
  readonly number: number;
  readonly of: number;
  /** Time in this step, and its "at least"; absent while the route is not confirmed. */
  readonly stepMs?: number;
  readonly atLeastMs?: number;
  /** What the release waits for, in a few words. */
  readonly waitingFor?: string;
  /** Requests per second now, where they are known. */
  readonly stableRate?: number;
  readonly canaryRate?: number;
  /** Where somebody counts them. */
  readonly users?: { readonly requests: number; readonly failed: number };
}
