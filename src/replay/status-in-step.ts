// The status of a release that stands in one step of its plan: what the controller would remember, confirmed at a given time.
// Never folded and never decided on: it exists to be read by the controller's readings. Called by hindsight.ts.
import type { VersionLabels } from '../analysis/gate.ts';
import type { PolicySpec } from '../api/release.ts';
import type { Millis } from '../lib/clock.ts';
import { toTime } from '../lib/time.ts';
import type { Plan } from '../release/plan.ts';
import type { Accepted, AcceptedVersion, ActiveStatus, VersionName } from '../release/status.ts';
import { NOTHING, pairIntent } from '../release/target.ts';

export interface Side {
  /** Name of the Deployment. */
  readonly deployment: string;
  /** The labels that pick its series. */
  readonly labels: VersionLabels;
  /** Those of its pods' own series, where they are others. */
  readonly pods?: VersionLabels;
}

export interface Standing {
  readonly pair: Readonly<Record<VersionName, Side>>;
  readonly policy: PolicySpec;
  readonly plan: Plan;
  /** From 0. */
  readonly stepIndex: number;
  readonly since: Millis;
}

/** The step's exposure was confirmed at `since`, where the attempt began as well; nothing is counted yet. RangeError for a step that the plan lacks. */
export function statusInStep(standing: Standing): ActiveStatus {
  const { plan, stepIndex, since } = standing;
  const step = plan.steps[stepIndex];
  if (step === undefined) throw new RangeError(`the plan has no step ${stepIndex}`);
  const at = toTime(since);
  const { kind, traffic, exposure, target } = step;
  return {
    phase: 'Running',
    attempt: 1,
    startedAt: at,
    accepted: acceptedAs(standing, at),
    step: { index: stepIndex, enteredAt: at, arrivedAt: at },
    route: {
      intent: pairIntent(target),
      from: pairIntent(NOTHING),
      intendedAt: at,
      readBackAt: at,
      confirmed: { at, by: 'traffic' },
    },
    counts: { exposure, since: at, at, canary: 0, stable: 0 },
    clock: { at, stepMs: 0, totalMs: 0 },
    steps: [{ kind, traffic, attempt: 1, startedAt: at, confirmedAt: at, gates: [] }],
  };
}

function acceptedAs({ pair, policy, plan }: Standing, at: string): Accepted {
  const version = ({ deployment, labels, pods }: Side): AcceptedVersion => ({
    deployment,
    labels,
    ...(pods === undefined ? {} : { pods }),
    revision: '',
    replicas: 1,
  });
  return {
    at,
    versions: { stable: version(pair.stable), canary: version(pair.canary) },
    policy,
    identity: {
      service: '',
      namespace: '',
      stable: '',
      canary: '',
      total: plan.total,
      virtualServices: [],
      destinationRule: { kind: 'DestinationRule', namespace: '', name: '' },
      original: { routes: [], pool: { trafficPolicy: false } },
    },
    routeTimeoutMs: 0,
  };
}
