// The contract for the rooms above: its types, how a policy is resolved, how its units are read.
// Never holds anything of its own; the files named here do. Imported by every room above that touches a release.
export {
  type Release,
  type ReleasePolicy,
  type ReleaseSpec,
  type ReleaseStatus,
  releasePolicySchema,
  releaseSchema,
  releaseSpecSchema,
  SERIN_VERSION,
} from './contract.ts';
export { GATE_KINDS, type GateKindName, kindName } from './gate-kinds.ts';
export { comparativeNames, type GateSpec, queryGates } from './gates.ts';
export type { MetricsSpec } from './metrics.ts';
export {
  type Cleanup,
  needsApproval,
  type PlanStep,
  type PolicySpec,
  type ReleasePolicySpec,
  stepKind,
} from './policy.ts';
export { resolvePolicy } from './resolve.ts';
export { parseFor, parseMethods, parsePoints, type Span } from './units.ts';
