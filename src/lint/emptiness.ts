// Whether a query can return nothing although its series have values: only then can it pass as a gate.
// Never evaluates. Called by gates.ts.
import { type BinaryExpr, type Expr, isComparison, unwrapped } from '../promql/ast.ts';

/** Both answer with a series only where there is none. */
const ASKS_FOR_ABSENCE: readonly string[] = ['absent', 'absent_over_time'];
/** Prometheus writes this series only while an alert is pending or firing. */
const ALERTS = 'ALERTS';

export function canBeEmpty(expr: Expr): boolean {
  const inner = unwrapped(expr);
  switch (inner.kind) {
    case 'vectorSelector':
      return inner.matchers.some(({ name, op, value }) => name === '__name__' && op === '=' && value === ALERTS);
    case 'matrixSelector':
      return canBeEmpty(inner.selector);
    case 'subquery':
    case 'unary':
    case 'aggregate':
      return canBeEmpty(inner.expr);
    case 'call':
      // The scalar of nothing is NaN, and so a value.
      if (inner.name === 'scalar') return false;
      return ASKS_FOR_ABSENCE.includes(inner.name) || inner.args.some(canBeEmpty);
    case 'binary':
      return ofBinary(inner);
    default:
      return false;
  }
}

/** What a side lacks is lacking in the result, but for `or`, which takes it from the other side. */
function ofBinary({ op, bool, left, right }: BinaryExpr): boolean {
  if (isComparison(op) && !bool) return true;
  const either = canBeEmpty(left) || canBeEmpty(right);
  return op === 'or' ? canBeEmpty(left) && canBeEmpty(right) : either;
}
