// Which parts of an expression have one value, whatever the step: those that look at the moments of an `@` only.
// Semantics: Prometheus 3, preprocessExprHelper, its blind spot included. Never evaluates. Called by pass.ts.
import type { Expr } from './ast.ts';
import { functions } from './functions/table.ts';

/** Whether the expression need be evaluated once only. Numbers count, and so does what is computed from them alone. */
export function isInvariant(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return true;
    case 'vectorSelector':
    case 'subquery':
      return expr.at !== undefined;
    case 'matrixSelector':
      return expr.selector.at !== undefined;
    case 'paren':
    case 'unary':
      return isInvariant(expr.expr);
    case 'binary':
      return isInvariant(expr.left) && isInvariant(expr.right);
    case 'aggregate':
      // Prometheus does not look at the parameter: topk(time(), x @ 0) has the parameter of the first step.
      return isInvariant(expr.expr);
    case 'call': {
      // The time of a sample is fixed where the sample is; the time of anything computed is that of the step.
      if (expr.name === 'timestamp') return expr.args.every((arg) => arg.kind === 'vectorSelector' && isInvariant(arg));
      return functions.get(expr.name)?.readsClock !== true && expr.args.every(isInvariant);
    }
  }
}
