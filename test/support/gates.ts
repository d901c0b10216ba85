// Judging a gate over a metrics world, the way the controller's gather does: plan, evaluate at one instant, judge.
// Never hides an error of an evaluation: it becomes that query's answer. Called by src/analysis tests.
import {
  type Answer,
  type GateContext,
  judge,
  type PairLabels,
  type PreparedGate,
  planQueries,
  prepareGate,
  type QueryPlan,
  type QueryVerdict,
} from '../../src/analysis/gate.ts';
import { formatProblem } from '../../src/lib/problem.ts';
import { evaluate } from '../../src/promql/evaluate.ts';
import { PromqlEvaluationError } from '../../src/promql/value.ts';
import type { SeriesReader } from '../../src/series/series.ts';

export const PAIR: PairLabels = {
  canary: { namespace: 'prod', app: 'checkout-service', version: 'v2' },
  stable: { namespace: 'prod', app: 'checkout-service', version: 'v1' },
  deployments: { canary: 'checkout-service-v2', stable: 'checkout-service-v1' },
};

export function gateOf(promql: string, name = 'gate'): PreparedGate {
  const prepared = prepareGate(name, promql);
  if (!prepared.ok) throw new Error(prepared.problems.map(formatProblem).join('\n'));
  return prepared.value;
}

export function answersOf(plan: QueryPlan, reader: SeriesReader, at: number): Map<string, Answer> {
  return new Map(plan.queries.map(({ key, expr }): [string, Answer] => [key, answer(expr, reader, at)]));
}

function answer(expr: QueryPlan['queries'][number]['expr'], reader: SeriesReader, at: number): Answer {
  try {
    return evaluate(expr, reader, at);
  } catch (error) {
    if (error instanceof PromqlEvaluationError) return { error: error.message };
    throw error;
  }
}

/** A context in which nothing stands in the way of a pass or a fail. */
export const ripe = (at: number): GateContext => ({
  at,
  scrapeIntervalMs: 15_000,
  exposure: 'mirrored',
  exposureConfirmedAt: at - 3_600_000,
  canaryFirstTrafficAt: at - 3_600_000,
  minRequests: 1000,
  requests: { canary: 5000, stable: 5000 },
  canaryRequestsInWindow: 5000,
  fresh: true,
});

export interface World {
  readonly store: SeriesReader;
  now(): number;
}

export function verdictOn(
  world: World,
  promql: string,
  context: Partial<GateContext> = {},
  pair: PairLabels = PAIR,
): QueryVerdict {
  const gate = gateOf(promql);
  const plan = planQueries(gate, pair);
  const at = context.at ?? world.now();
  return judge(gate, plan, answersOf(plan, world.store, at), { ...ripe(at), ...context });
}
