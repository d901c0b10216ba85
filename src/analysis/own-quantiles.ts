// Where a query takes a quantile of the canary's own: `histogram_quantile` with a number, over series of the canary alone.
// Never evaluates. Called by plan.ts and chance.ts.
import { type CallExpr, children, type Expr } from '../promql/ast.ts';
import { selectorsOf } from '../promql/selectors.ts';
import { constant } from './comparisons.ts';
import { type PairLabels, roleOf } from './identity.ts';

export interface OwnQuantile {
  /** Where the call stands in the text. */
  readonly at: number;
  readonly quantile: number;
}

/** Those of stable are not among them: it has requests enough. */
export function ownQuantiles(expr: Expr, pair: PairLabels): readonly OwnQuantile[] {
  const inside = children(expr).flatMap((part) => ownQuantiles(part, pair));
  if (!isQuantile(expr) || !isOfCanary(expr, pair)) return inside;
  const quantile = constant(expr.args[0]);
  const isOne = quantile !== undefined && quantile > 0 && quantile < 1;
  return isOne ? [{ at: expr.from, quantile }, ...inside] : inside;
}

const isOfCanary = (expr: Expr, pair: PairLabels): boolean =>
  selectorsOf(expr).every(({ selector }) => {
    const { canary, specific } = roleOf(selector.matchers, pair);
    return canary && specific;
  });

export const isQuantile = (expr: Expr): expr is CallExpr & { readonly args: readonly [Expr, Expr] } =>
  expr.kind === 'call' && expr.name === 'histogram_quantile' && expr.args.length === 2;
