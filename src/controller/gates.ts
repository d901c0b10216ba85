// Reads what a release's gates ask of the metrics, at one instant, and lets analysis judge it.
// Never judges itself and never throws for a query that fails: that is an answer too. Called by gather, and by replay.
import {
  type Answer,
  beyondChance,
  chanceQuery,
  type GateContext,
  judge,
  type PreparedGate,
  planQueries,
  prepareGate,
  type QueryPlan,
  type QueryVerdict,
} from '../analysis/gate.ts';
import { canonical } from '../lib/fingerprint.ts';
import { reasonOf } from '../lib/problem.ts';
import { ALL } from '../lib/share.ts';
import { fromTime } from '../lib/time.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { isFreshAt } from '../release/facts.ts';
import type { Settings, TrafficState } from '../release/input.ts';
import type { Plan } from '../release/plan.ts';
import type { Accepted, ActiveStatus, VersionName } from '../release/status.ts';
import { canaryShare, exposureOf } from '../release/target.ts';
import { requestsBetween } from './traffic.ts';

export interface GateReading {
  readonly now: number;
  readonly status: ActiveStatus;
  readonly plan: Plan;
  readonly traffic: Readonly<Record<VersionName, TrafficState>>;
}

/** Of `Deps`, what a reading needs. */
export interface GateDeps {
  readonly metrics: MetricsSource;
  readonly settings: Pick<Settings, 'scrapeIntervalMs'>;
}

/**
 * None before the canary is exposed, and none once the outcome is settled: they could only make noise. Exposed from the write
 * on: a canary too bad for its traffic to be seen as intended must fail, not stay unconfirmed.
 */
export async function readGates(
  reading: GateReading,
  deps: GateDeps,
  planned?: readonly PlannedGate[],
): Promise<readonly QueryVerdict[]> {
  const { status, plan } = reading;
  const { intent } = status.route;
  const running = status.phase === 'Running' || status.phase === 'CleaningUp';
  if (!running || intent.kind === 'promoted') return [];
  const seen = status.counts?.exposure ?? 'none';
  if (seen === 'none' && exposureOf(intent.target) === 'none') return [];
  const gates = planned ?? planGates(plan, status.accepted.versions);
  const questions = onceEach(reading, deps);
  return Promise.all(gates.map((one) => readGate(one, reading, questions, deps)));
}

export interface PlannedGate {
  readonly gate: PreparedGate;
  readonly plan: QueryPlan;
}

/** What the gates of a plan ask of two versions. It does not change with time: whoever reads often may plan once. */
export function planGates(plan: Plan, { canary, stable }: Accepted['versions']): readonly PlannedGate[] {
  const deployments = { canary: canary.deployment, stable: stable.deployment };
  return plan.gates.map(({ name, promql }) => {
    const gate = prepared(name, promql);
    return { gate, plan: planQueries(gate, { canary: canary.labels, stable: stable.labels, deployments }) };
  });
}

export type PlanGates = typeof planGates;

/** planGates for the turns of one release: planned once per attempt, and anew after a restart, which nobody notices. */
export function planningOnce(plan: PlanGates = planGates): PlanGates {
  let last: { readonly asked: string; readonly planned: readonly PlannedGate[] } | undefined;
  return (forPlan, versions) => {
    const asked = canonical([forPlan.gates, versions]);
    if (last?.asked !== asked) last = { asked, planned: plan(forPlan, versions) };
    return last.planned;
  };
}

function prepared(name: string, promql: string): PreparedGate {
  const gate = prepareGate(name, promql);
  if (!gate.ok) throw new TypeError(`gate ${name} cannot be read; acceptance refuses this`);
  return gate.value;
}

async function readGate(
  { gate, plan }: PlannedGate,
  reading: GateReading,
  questions: Questions,
  deps: GateDeps,
): Promise<QueryVerdict> {
  const answers = await Promise.all(
    plan.queries.map(async ({ key, expr }): Promise<[string, Answer]> => [key, await questions.instant(key, expr)]),
  );
  const inWindow = await questions.inWindow(gate.windowMs);
  if (typeof inWindow === 'number') {
    const answered = new Map(answers);
    const verdict = judge(gate, plan, answered, contextOf(reading, plan.oneSided, inWindow, deps));
    const asked = chanceQuery(plan, verdict, answered);
    return asked === undefined ? verdict : beyondChance(verdict, asked, await questions.instant(asked.key, asked.expr));
  }
  // Answers that rest on nobody knows how many requests prove nothing either way.
  const unknown = new Map(answers.map(([key]) => [key, inWindow]));
  return judge(gate, plan, unknown, contextOf(reading, plan.oneSided, 0, deps));
}

type Failed = Extract<Answer, { readonly error: string }>;

interface Questions {
  instant(key: string, expr: QueryPlan['queries'][number]['expr']): Promise<Answer>;
  /** The canary's requests in a window that ends now. */
  inWindow(windowMs: number): Promise<number | Failed>;
}

/** Gates of one release ask much the same (is the metric there? how many requests?): at one instant each question is asked once. */
function onceEach({ now, status }: GateReading, { metrics }: GateDeps): Questions {
  const answers = new Map<string, Promise<Answer>>();
  const counts = new Map<number, Promise<number | Failed>>();
  const once = <Key, Value>(known: Map<Key, Value>, key: Key, ask: () => Value): Value => {
    const value = known.get(key) ?? ask();
    known.set(key, value);
    return value;
  };
  return {
    instant: (key, expr) => once(answers, key, async () => metrics.instant(expr, now)).catch(failed),
    inWindow: (windowMs) =>
      once(counts, windowMs, () =>
        requestsBetween('canary', status, { from: now - windowMs, to: now }, metrics).catch(failed),
      ),
  };
}

const failed = (error: unknown): Failed => ({ error: reasonOf(error) });

function contextOf(
  { now, status, plan, traffic }: GateReading,
  oneSided: boolean,
  inWindow: number,
  deps: GateDeps,
): GateContext {
  const { counts, firstTrafficAt } = status;
  const seen = { now, settings: deps.settings };
  const isFresh = (name: VersionName) => traffic[name].up > 0 && isFreshAt(traffic[name].newestAt, seen);
  const everything = canaryShare(status.route.intent) === ALL;
  return {
    at: now,
    scrapeIntervalMs: deps.settings.scrapeIntervalMs,
    exposure: counts?.exposure ?? 'none',
    ...(counts === undefined ? {} : { exposureConfirmedAt: fromTime(counts.since) }),
    ...(firstTrafficAt === undefined ? {} : { canaryFirstTrafficAt: fromTime(firstTrafficAt) }),
    minRequests: plan.minRequests,
    requests: {
      canary: (counts?.canary ?? 0) + (counts === undefined ? 0 : traffic.canary.sinceCount),
      stable: (counts?.stable ?? 0) + (counts === undefined ? 0 : traffic.stable.sinceCount),
    },
    canaryRequestsInWindow: inWindow,
    ...(everything ? { frozen: 'everything is on the canary' } : {}),
    fresh: isFresh('canary') && (oneSided || isFresh('stable')),
  };
}
