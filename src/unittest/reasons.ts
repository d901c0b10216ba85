// The words a gate test may expect: all verdicts and all reasons that there are.
// Never adds one (analysis/verdict.ts has them); a word that is missing here does not compile. Called by format.ts.
import type { GateVerdict } from '../analysis/gate.ts';
import type { VerdictReason } from '../analysis/verdict.ts';

const verdicts: Readonly<Record<GateVerdict['verdict'], true>> = { pass: true, fail: true, inconclusive: true };

const reasons: Readonly<Record<VerdictReason, true>> = {
  Passed: true,
  ThresholdExceeded: true,
  UnknownSeries: true,
  LowTraffic: true,
  NoData: true,
  NotANumber: true,
  WindowTooEarly: true,
  Stale: true,
  QueryFailed: true,
  Frozen: true,
  Worse: true,
  AboveMax: true,
  PodLocalised: true,
  MoreEvidence: true,
  NearTolerance: true,
  Resolution: true,
  Confounded: true,
  Uncovered: true,
  NotCompared: true,
  NotMeasured: true,
  Incident: true,
  InternalError: true,
};

export const VERDICTS = Object.keys(verdicts) as readonly GateVerdict['verdict'][];
export const REASONS = Object.keys(reasons) as readonly VerdictReason[];
