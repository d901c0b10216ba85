// Hindsight: a release's gates as production would have judged them at any time, had one of its steps begun at a given one.
// Never judges: the controller's own readings do, over the status that a release in that step would have.
// Called by walk.ts and by unittest/, over any source of samples.
import type { GateVerdict } from '../analysis/gate.ts';
import type { PolicySpec } from '../api/release.ts';
import { planGates, readGates } from '../controller/gates.ts';
import { trafficOf } from '../controller/traffic.ts';
import type { Millis } from '../lib/clock.ts';
import { toTime } from '../lib/time.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { TrafficState } from '../release/input.ts';
import type { Plan } from '../release/plan.ts';
import { resolvePlan } from '../release/resolve.ts';
import type { ActiveStatus, VersionName } from '../release/status.ts';
import { type Side, statusInStep } from './status-in-step.ts';
import { withTargets } from './targets.ts';

export interface HindsightVersion extends Side {
  /** Requests per second that one pod's own probes make (analysis/probes.ts): they are no traffic. Left out: none. */
  readonly probesPerPod?: number;
}

export interface HindsightOptions {
  readonly pair: Readonly<Record<VersionName, HindsightVersion>>;
  /** As accepted: its gates can be prepared. */
  readonly policy: PolicySpec;
  /** Of the plan, from 0; the plan ends with a bake also where the policy's does not. */
  readonly stepIndex: number;
  /** When the step's exposure is taken to have been confirmed, and the attempt to have begun. */
  readonly beganAt: Millis;
  readonly metrics: MetricsSource;
}

/** One look at the samples: the verdicts, and what the versions had been asked by then. */
export interface Look {
  readonly at: Millis;
  readonly verdicts: readonly GateVerdict[];
  readonly traffic: Readonly<Record<VersionName, TrafficState>>;
  /** With the canary's first traffic in it, as far as there was some. */
  readonly status: ActiveStatus;
}

export interface Hindsight {
  readonly plan: Plan;
  /** One verdict per gate in the policy's order; none in a step that gives the canary no traffic. */
  at(time: Millis): Promise<readonly GateVerdict[]>;
  look(time: Millis): Promise<Look>;
}

/** RangeError for a step that the plan lacks. */
export function createHindsight({ pair, policy, stepIndex, beganAt, ...options }: HindsightOptions): Hindsight {
  const plan = resolvePlan(policy);
  const metrics = withTargets(options.metrics, beganAt);
  const settings = { scrapeIntervalMs: metrics.scrapeIntervalMs };
  const begun = statusInStep({ pair, policy, plan, stepIndex, since: beganAt });
  const gates = planGates(plan, begun.accepted.versions);
  const read = (name: VersionName, now: Millis): Promise<TrafficState> => {
    // Nothing is known of a pod but its samples: where they say that it is up, it counts as ready.
    const known = { probesPerPod: pair[name].probesPerPod ?? 0, isReady: () => true, running: [] };
    return trafficOf(name, { now, status: begun }, known, metrics);
  };
  const look = async (at: Millis): Promise<Look> => {
    const traffic = await bothOf(read('stable', at), read('canary', at));
    const first = traffic.canary.firstMovedAt;
    const status = first === undefined ? begun : { ...begun, firstTrafficAt: toTime(first) };
    return {
      at,
      status,
      traffic,
      verdicts: await readGates({ now: at, status, plan, traffic }, { metrics, settings }, gates),
    };
  };
  return { plan, look, at: async (time) => (await look(time)).verdicts };
}

const UNREAD: TrafficState = { up: 0, sinceReadBack: 0, sinceCount: 0, recent: 0 };

/** As the controller has it: what cannot be read is not fresh, and half of it proves nothing. */
async function bothOf(stable: Promise<TrafficState>, canary: Promise<TrafficState>): Promise<Look['traffic']> {
  const [ofStable, ofCanary] = await Promise.allSettled([stable, canary]);
  if (ofStable.status === 'rejected' || ofCanary.status === 'rejected') return { stable: UNREAD, canary: UNREAD };
  return { stable: ofStable.value, canary: ofCanary.value };
}
