// From a release and the policies at hand to the one complete policy that it runs under.
// Never validates (its input has passed the schema) and never writes. Called by the controller at acceptance, by plan and lint.
import { failed, ok, type Result } from '../lib/result.ts';
import type { Release, ReleasePolicy } from './contract.ts';
import { completeGates } from './gate-defaults.ts';
import { formatRef, refOf } from './object.ts';
import { type PlanStep, type PolicySpec, type ReleasePolicySpec, stepKind } from './policy.ts';
import { closest } from './suggest.ts';
import { SAFE_METHODS } from './units.ts';

export const DEFAULT_DEADLINE = '2h';
const DEFAULT_MIN_REQUESTS = 1000;
const DEFAULT_MIN_REPLICAS = 1;
/** As many verdicts as a status may hold; the schema bounds policy and release each by itself. */
const MOST_GATES = 64;

const tooManyGates = (release: Release, gates: number) =>
  ({
    code: 'SRN1004',
    place: { object: formatRef(refOf(release)), path: 'spec.gates' },
    message: 'too long, together with those of the policy',
    found: `${gates} entries`,
    accepted: `at most ${MOST_GATES} entries`,
  }) as const;

/** The policy with the release's gates over it and every default in place; SRN1201 when it refers to none of `policies`. */
export function resolvePolicy(release: Release, policies: readonly ReleasePolicy[]): Result<PolicySpec> {
  const { spec } = release;
  if (spec.policy === undefined) return ok(complete(spec, undefined));
  const here = policies.filter((policy) => refOf(policy).namespace === refOf(release).namespace);
  const policy = here.find((candidate) => candidate.metadata.name === spec.policy);
  if (policy === undefined) return failed(missing(release, here));
  const whole = complete(policy.spec, spec.gates);
  const gates = Object.keys(whole.gates).length;
  return gates <= MOST_GATES ? ok(whole) : failed(tooManyGates(release, gates));
}

function missing(release: Release, here: readonly ReleasePolicy[]) {
  const ref = refOf(release);
  const names = here.map((policy) => policy.metadata.name);
  const wanted = release.spec.policy ?? '';
  const near = closest(wanted, names);
  return {
    code: 'SRN1201',
    place: { object: formatRef(ref), path: 'spec.policy' },
    message: `no ReleasePolicy \`${wanted}\` in namespace ${ref.namespace}${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    found: JSON.stringify(wanted),
    accepted: names.length === 0 ? "a ReleasePolicy, or the policy's fields inline" : names.join(', '),
  } as const;
}

type Written = Partial<ReleasePolicySpec>;

function complete(written: Written, ofRelease: ReleasePolicySpec['gates']): PolicySpec {
  return {
    metrics: { profile: 'app', ...written.metrics },
    plan: (written.plan ?? []).map(withMethods),
    ...completeGates(written.gates, ofRelease),
    minRequests: written.minRequests ?? DEFAULT_MIN_REQUESTS,
    minReplicas: written.minReplicas ?? DEFAULT_MIN_REPLICAS,
    deadline: written.deadline ?? DEFAULT_DEADLINE,
    onInconclusive: written.onInconclusive ?? 'hold',
    cleanup: { stable: written.cleanup?.stable ?? 'scaleDown', after: written.cleanup?.after ?? '10m' },
  };
}

const withMethods = (step: PlanStep): PlanStep =>
  stepKind(step) === 'mirror' && step.mirror !== undefined
    ? { mirror: { ...step.mirror, methods: step.mirror.methods ?? SAFE_METHODS } }
    : step;
