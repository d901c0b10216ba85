// Whether chance alone explains a gate that fails by a quantile of the canary's: of 32 requests two slow ones lift the 95th
// percentile over any limit. Never turns anything into a fail. Called after judge, by whoever reads gates.
import { type Expr, mapParts } from '../promql/ast.ts';
import { print } from '../promql/print.ts';
import { type Answer, type Answers, isUsable, samplesOf } from './answers.ts';
import { shortNumber } from './message.ts';
import { isQuantile } from './own-quantiles.ts';
import type { PlannedQuery, QueryPlan } from './plan.ts';
import type { QueryVerdict } from './verdict.ts';

/** So many requests above a quantile speak for themselves: 200 requests for the 0.95-quantile, 1,000 for the 0.99. */
export const ENOUGH_ABOVE = 10;

/** Of a canary that is exactly at the limit, at each look; each look, since a gate remembers nothing. */
export const CHANCE = 0.001;

/**
 * The quantile of `requests` draws that lies above the true `quantile` with probability CHANCE at most, whatever they are drawn
 * from: how many do is binomial, and its tail is bounded by exp(−n·KL) (Chernoff 1952). 0 when there are too few for any.
 */
export function vouchedQuantile(quantile: number, requests: number): number {
  const [share, most] = [1 - quantile, Math.log(1 / CHANCE) / requests];
  if (divergence(1, share) < most) return 0;
  let [low, high] = [share, 1];
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (divergence(middle, share) < most) low = middle;
    else high = middle;
  }
  return 1 - high;
}

/** Kullback and Leibler's, of one coin from another, in nats; of `a` in (0, 1], `b` in (0, 1). */
const divergence = (a: number, b: number): number =>
  a * Math.log(a / b) + (a === 1 ? 0 : (1 - a) * Math.log((1 - a) / (1 - b)));

export interface ChanceQuery extends PlannedQuery {
  /** The first quantile that was lowered, and to what. */
  readonly from: number;
  readonly to: number;
}

/** What a failed gate has to return as well, at the same instant. Undefined where no quantile of few requests decides. */
export function chanceQuery(plan: QueryPlan, verdict: QueryVerdict, answers: Answers): ChanceQuery | undefined {
  const requests = verdict.evidence.canaryRequestsInWindow / groupsOf(plan, answers);
  // A number that stands there is not exact: 200 × (1 − 0.95) is less than 10.
  const few = plan.ownQuantiles.filter(({ quantile }) => requests * (1 - quantile) < ENOUGH_ABOVE - 1e-9);
  const [first] = few;
  if (verdict.verdict !== 'fail' || first === undefined) return undefined;
  const failed = samplesOf(answers, { key: plan.result }).some(isUsable) ? plan.result : plan.filled;
  const asked = plan.queries.find(({ key }) => key === failed);
  if (asked === undefined) return undefined;
  const lowered = new Map(few.map(({ at, quantile }) => [at, vouchedQuantile(quantile, requests)]));
  const expr = withQuantiles(asked.expr, lowered);
  return { key: print(expr), expr, from: first.quantile, to: vouchedQuantile(first.quantile, requests) };
}

/** Where a quantile is taken for each pod or path, each has its part of the requests; how large a part nobody knows: taken as equal. */
const groupsOf = ({ comparisons }: QueryPlan, answers: Answers): number =>
  Math.max(
    1,
    ...comparisons.flatMap(({ left, right }) => [left, right].map((side) => samplesOf(answers, side).length)),
  );

function withQuantiles(expr: Expr, values: ReadonlyMap<number, number>): Expr {
  const value = isQuantile(expr) ? values.get(expr.from) : undefined;
  if (!isQuantile(expr) || value === undefined) return mapParts(expr, (part) => withQuantiles(part, values));
  const { from, to } = expr.args[0];
  return { ...expr, args: [{ kind: 'number', value, from, to }, withQuantiles(expr.args[1], values)] };
}

/** The fail itself when it stands with the lowered quantile too; else nothing is decided. */
export function beyondChance(failed: QueryVerdict, { from, to }: ChanceQuery, answer: Answer): QueryVerdict {
  if ('error' in answer)
    return inconclusive(
      failed,
      'QueryFailed',
      `${failed.message}; whether by chance could not be asked: ${answer.error}`,
    );
  const stands = answer.kind === 'vector' && answer.samples.some(isUsable);
  if (stands) return failed;
  const lower = `with the quantile ${shortNumber(to)} in place of ${shortNumber(from)} it does not hold`;
  return inconclusive(failed, 'LowTraffic', `${failed.message}: so few do that by chance, for ${lower}`);
}

const inconclusive = (
  { stableFailsToo: _, ...failed }: QueryVerdict,
  reason: QueryVerdict['reason'],
  message: string,
): QueryVerdict => ({ ...failed, verdict: 'inconclusive', reason, message });
