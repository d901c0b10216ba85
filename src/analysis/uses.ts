// Where a query uses selectors: each with the smallest instant vector that holds it, and the same widened to its whole version.
// Never evaluates. Called by plan.ts (is the metric known?) and zero.ts (an absent series counts as zero).
import { children, type Expr, unwrapped, type VectorSelector } from '../promql/ast.ts';
import { NAME } from '../series/labels.ts';
import { isIdentity, type PairLabels } from './identity.ts';

export interface SelectorUse {
  readonly selector: VectorSelector;
  /** The selector itself, or the function call over its range: `rate(…[5m])`. */
  readonly vector: Expr;
}

/** The use that a node is, if it is one. */
export function useOf(expr: Expr): SelectorUse | undefined {
  if (expr.kind === 'vectorSelector') return { selector: expr, vector: expr };
  if (expr.kind !== 'call') return undefined;
  const range = expr.args.map(unwrapped).find((arg) => arg.kind === 'matrixSelector');
  return range && { selector: range.selector, vector: expr };
}

/** All uses, but those within `absent`: there, finding nothing is the answer. */
export function usesOf(expr: Expr): readonly SelectorUse[] {
  if (asksForAbsence(expr)) return [];
  const use = useOf(expr);
  return use === undefined ? children(expr).flatMap(usesOf) : [use];
}

export const asksForAbsence = (expr: Expr): boolean =>
  expr.kind === 'call' && (expr.name === 'absent' || expr.name === 'absent_over_time');

/** The matchers that ask for more than the metric and the version, and those that do not. */
export function split(selector: VectorSelector, pair: PairLabels) {
  const kept = selector.matchers.filter((matcher) => isIdentity(matcher, pair));
  const dropped = selector.matchers.filter((matcher) => !isIdentity(matcher, pair));
  return { kept, dropped };
}

/** The selector with nothing but metric and identity; undefined when it names no version's label, so that all the world would be asked. */
export function widened(selector: VectorSelector, pair: PairLabels): VectorSelector | undefined {
  const { kept, dropped } = split(selector, pair);
  if (dropped.length === 0) return selector;
  return kept.some(({ name }) => name !== NAME) ? { ...selector, matchers: kept } : undefined;
}
