// Hindsight: a release's gates as production would have judged them at any time, had one of its steps begun at a given one.
// Never judges: the controller's own readings do, over the status that a release in that step would have.
// Called by walk.ts and by unittest/, over any source of samples.
import type { GateVerdict } from '../analysis/gate.ts';
import type { PolicySpec } from '../api/release.ts';
import { planGates, readGates } from '../controller/gates.ts';
import { type Movement, movements } from '../controller/movements.ts';
import { trafficOf } from '../controller/traffic.ts';
import type { Millis } from '../lib/clock.ts';
import { toTime } from '../lib/time.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { TrafficState } from '../release/input.ts';
import type { Plan } from '../release/plan.ts';
import { resolvePlan } from '../release/resolve.ts';
import type { ActiveStatus, VersionName } from '../release/status.ts';
import { isReplayed, lookCompared } from './compared.ts';
import { podsInSamples } from './pods-in-samples.ts';
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
  /** All samples up to here are there already, and no look is later: requests are counted once, not at every look. */
  readonly until?: Millis;
}

/** One look at the samples: the verdicts, and what the versions had been asked by then. */
export interface Look {
  readonly at: Millis;
  readonly verdicts: readonly GateVerdict[];
  readonly traffic: Readonly<Record<VersionName, TrafficState>>;
  /** With the canary's first traffic in it, as far as there was some, and with what the comparative gates know by then. */
  readonly status: ActiveStatus;
}

export interface Hindsight {
  /** Without gates that samples say nothing of. */
  readonly plan: Plan;
  /** One verdict per gate, those with a query first; none in a step that gives the canary no traffic. */
  at(time: Millis): Promise<readonly GateVerdict[]>;
  /** `before`: an earlier look, whose blocks are not read again. The same without it. */
  look(time: Millis, before?: Look): Promise<Look>;
}

/** RangeError for a step that the plan lacks. */
export function createHindsight({ pair, policy, stepIndex, beganAt, ...options }: HindsightOptions): Hindsight {
  const plan = resolvePlan(policy);
  const comparative = plan.comparative.filter(isReplayed);
  const metrics = withTargets(options.metrics, beganAt);
  const settings = { scrapeIntervalMs: metrics.scrapeIntervalMs };
  const begun = statusInStep({ pair, policy, plan, stepIndex, since: beganAt });
  const gates = planGates(plan, begun.accepted.versions);
  const read = (name: VersionName, now: Millis, count?: Count): Promise<TrafficState> => {
    // Nothing is known of a pod but its samples: where they say that it is up, it counts as ready.
    const known = { probesPerPod: pair[name].probesPerPod ?? 0, isReady: () => true, running: [] };
    return trafficOf(name, { now, status: begun }, known, metrics, count);
  };
  const { until } = options;
  const once = { stable: countOnce(read, 'stable', until), canary: countOnce(read, 'canary', until) };
  const readAt = async (name: VersionName, now: Millis) => read(name, now, (await once[name]())?.(now));
  const versions = begun.accepted.versions;
  const probesPerPod = { stable: pair.stable.probesPerPod ?? 0, canary: pair.canary.probesPerPod ?? 0 };
  const look = async (at: Millis, before?: Look): Promise<Look> => {
    const traffic = await bothOf(readAt('stable', at), readAt('canary', at));
    const first = traffic.canary.firstMovedAt;
    const comparisons = before?.status.comparisons;
    const status = {
      ...begun,
      ...(first !== undefined && { firstTrafficAt: toTime(first) }),
      ...(comparisons && { comparisons }),
    };
    const seen = { now: at, status, plan, traffic, settings };
    const asked = await readGates(seen, { metrics, settings }, gates);
    if (comparative.length === 0) return { at, status, traffic, verdicts: asked };
    const podsOf = await podsInSamples({ versions, policy, probesPerPod }, metrics, { from: beganAt, to: at });
    const compared = await lookCompared(seen, { metrics, podsOf });
    return { at, status: compared.status, traffic, verdicts: [...asked, ...compared.verdicts] };
  };
  return { plan: { ...plan, comparative }, look, at: async (time) => (await look(time)).verdicts };
}

type Count = typeof movements;
type Read = (name: VersionName, now: Millis, count: Count) => Promise<TrafficState>;

/** When a request was counted hangs on no later sample: what was counted up to the end is right for every time before. */
function countOnce(read: Read, name: VersionName, until: Millis | undefined) {
  let all: Promise<readonly Movement[]> | undefined;
  const counted = async (end: Millis): Promise<readonly Movement[]> => {
    let found: readonly Movement[] = [];
    await read(name, end, (...samples) => {
      found = movements(...samples);
      return found;
    });
    return found;
  };
  return async (): Promise<((now: Millis) => Count) | undefined> => {
    if (until === undefined) return undefined;
    all ??= counted(until);
    const moves = await all;
    return (now) => () => moves.slice(0, moves.findLastIndex(({ time }) => time <= now) + 1);
  };
}

const UNREAD: TrafficState = { up: 0, sinceReadBack: 0, sinceCount: 0, recent: 0 };

/** As the controller has it: what cannot be read is not fresh, and half of it proves nothing. */
async function bothOf(stable: Promise<TrafficState>, canary: Promise<TrafficState>): Promise<Look['traffic']> {
  const [ofStable, ofCanary] = await Promise.allSettled([stable, canary]);
  if (ofStable.status === 'rejected' || ofCanary.status === 'rejected') return { stable: UNREAD, canary: UNREAD };
  return { stable: ofStable.value, canary: ofCanary.value };
}
