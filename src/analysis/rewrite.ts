// Rewriting PromQL trees: every selector replaced, or whole nodes on the way up. Spans stay those of the user's text.
// Never evaluates. Called by prepare.ts, plan.ts and zero.ts.
import { children, type Expr, type VectorSelector } from '../promql/ast.ts';

/** The tree with `change` applied to every node, children first. */
export function rewrite(expr: Expr, change: (node: Expr) => Expr): Expr {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vectorSelector':
      return change(expr);
    case 'matrixSelector': {
      const selector = change(expr.selector);
      if (selector.kind !== 'vectorSelector') throw new TypeError('a range is of a selector alone');
      return change({ ...expr, selector });
    }
    case 'paren':
    case 'unary':
      return change({ ...expr, expr: rewrite(expr.expr, change) });
    case 'binary':
      return change({ ...expr, left: rewrite(expr.left, change), right: rewrite(expr.right, change) });
    case 'aggregate': {
      const inner = rewrite(expr.expr, change);
      return change({ ...expr, expr: inner, ...(expr.param && { param: rewrite(expr.param, change) }) });
    }
    case 'call':
      return change({ ...expr, args: expr.args.map((arg) => rewrite(arg, change)) });
  }
}

/** The tree with each selector's matchers replaced. */
export const mapMatchers = (expr: Expr, change: (selector: VectorSelector) => VectorSelector['matchers']): Expr =>
  rewrite(expr, (node) => (node.kind === 'vectorSelector' ? { ...node, matchers: change(node) } : node));

/** Every node, outermost first. */
export function* walk(expr: Expr): Generator<Expr> {
  yield expr;
  for (const child of children(expr)) yield* walk(child);
}
