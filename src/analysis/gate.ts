// The room's front door: a PromQL gate is prepared once, planned once per attempt, and judged at every turn.
// prepareGate(text) → planQueries(pair) → somebody evaluates the plan's queries at one instant → judge(answers, context);
// a fail by a quantile has one more question to answer (chanceQuery, beyondChance).
// Pure. Called by lint, release and controller.
export { beyondChance, chanceQuery } from './chance.ts';
export type { PairLabels, VersionLabels } from './identity.ts';
export { type Answer, type Answers, judge } from './judge.ts';
export { type Operand, type PlannedQuery, planQueries, type QueryPlan } from './plan.ts';
export { type PreparedGate, prepareGate } from './prepare.ts';
export {
  type ComparisonEvidence,
  type ComparisonVerdict,
  type Evidence,
  type EvidenceValue,
  type GateContext,
  type GateVerdict,
  type JsonNumber,
  MIN_REQUESTS_TO_FAIL,
  type QueryEvidence,
  type QueryReason,
  type QueryVerdict,
  type VerdictReason,
  type VersionCounts,
} from './verdict.ts';
