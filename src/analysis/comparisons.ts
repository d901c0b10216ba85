// The comparisons that a query's answer hangs on: at the top, or joined there by and, or, unless.
// Never evaluates. Called by prepare.ts and plan.ts.
import { type BinaryExpr, type Expr, isComparison, isSetOp, unwrapped } from '../promql/ast.ts';

export function comparisonsOf(expr: Expr): readonly BinaryExpr[] {
  const inner = unwrapped(expr);
  if (inner.kind !== 'binary') return [];
  if (isComparison(inner.op)) return [inner];
  return isSetOp(inner.op) ? [...comparisonsOf(inner.left), ...comparisonsOf(inner.right)] : [];
}

/** A number that stands in the query itself, signs and parentheses included. */
export function constant(expr: Expr): number | undefined {
  const inner = unwrapped(expr);
  if (inner.kind === 'number') return inner.value;
  if (inner.kind !== 'unary') return undefined;
  const value = constant(inner.expr);
  return value === undefined || inner.op === '+' ? value : -value;
}
