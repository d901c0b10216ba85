// What a query reads: its selectors with their windows, and rewriting them (the analysis room's $canary and $stable).
// Never evaluates. Called by analysis, lint and metrics.
import type { CallExpr, Expr, VectorSelector } from './ast.ts';
import { children } from './ast.ts';

export interface SelectorUse {
  readonly selector: VectorSelector;
  /** The length of the range, milliseconds; undefined for an instant selector. */
  readonly rangeMs: number | undefined;
  /** How far back its newest sample may lie, milliseconds; negative: ahead of the evaluation. */
  readonly offsetMs: number;
}

/** Every selector of the expression, in the order of the text. */
export function selectorsOf(expr: Expr): readonly SelectorUse[] {
  if (expr.kind === 'vectorSelector') return [{ selector: expr, rangeMs: undefined, offsetMs: expr.offsetMs }];
  if (expr.kind === 'matrixSelector')
    return [{ selector: expr.selector, rangeMs: expr.rangeMs, offsetMs: expr.selector.offsetMs }];
  return children(expr)
    .flatMap(selectorsOf)
    .toSorted((a, b) => a.selector.from - b.selector.from);
}

/**
 * How far back the expression looks at most, milliseconds: the largest range + offset. An instant selector counts
 * with `instantMs`: 0 when its one newest sample is meant, the look-back when all samples that may be read are.
 */
export function widestWindow(expr: Expr, { instantMs = 0 }: { readonly instantMs?: number } = {}): number {
  return selectorsOf(expr).reduce(
    (widest, { rangeMs = instantMs, offsetMs }) => Math.max(widest, rangeMs + offsetMs),
    0,
  );
}

/** The same expression with every selector replaced by what `fn` makes of it; offsets still point into the old text. */
export function transform(expr: Expr, fn: (selector: VectorSelector) => VectorSelector): Expr {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return expr;
    case 'vectorSelector':
      return fn(expr);
    case 'matrixSelector':
      return { ...expr, selector: fn(expr.selector) };
    case 'paren':
    case 'unary':
      return { ...expr, expr: transform(expr.expr, fn) };
    case 'binary':
      return { ...expr, left: transform(expr.left, fn), right: transform(expr.right, fn) };
    case 'aggregate': {
      const param = expr.param === undefined ? {} : { param: transform(expr.param, fn) };
      return { ...expr, ...param, expr: transform(expr.expr, fn) };
    }
    case 'call':
      return { ...expr, args: expr.args.map((arg) => transform(arg, fn)) } satisfies CallExpr;
  }
}
