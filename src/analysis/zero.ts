// An absent series counts as zero: a counter's child (`code="500"`) appears with its first event, and until then PromQL
// sees nothing, so that `errors > 2 * errors of stable` would never hold for a stable without errors.
// Pure tree to tree. Called by plan.ts.
import type { AggregateExpr, BinaryExpr, Expr, Grouping, Matching } from '../promql/ast.ts';
import { mapParts, unwrapped } from '../promql/ast.ts';
import type { PairLabels } from './identity.ts';
import { asksForAbsence, type SelectorUse, split, useOf, widened } from './uses.ts';

const ALL_ALIKE: Matching = { mode: 'on', labels: [] };
const BY_ALL: Matching = { mode: 'ignoring', labels: [] };

/**
 * The query with `use or 0 × the same of all the version's series` for each use that asks for more than its version. Where
 * nothing is absent it returns the same as the query itself.
 */
export function countAbsentAsZero(expr: Expr, pair: PairLabels): Expr {
  if (asksForAbsence(expr)) return expr;
  const use = useOf(expr);
  if (use !== undefined) return filled(use, ALL_ALIKE, pair);
  return expr.kind === 'aggregate' ? aggregate(expr, pair) : mapParts(expr, (part) => countAbsentAsZero(part, pair));
}

/** In a sum one more zero does no harm, so each missing series is filled in (a pod without any error); elsewhere only all of them. */
function aggregate(expr: AggregateExpr, pair: PairLabels): Expr {
  const use = useOf(unwrapped(expr.expr));
  if (expr.op !== 'sum' || use === undefined || !isBlindTo(expr.grouping, droppedLabels(use, pair)))
    return { ...expr, expr: countAbsentAsZero(expr.expr, pair) };
  return { ...expr, expr: filled(use, BY_ALL, pair) };
}

function filled(use: SelectorUse, matching: Matching, pair: PairLabels): Expr {
  const wide = widened(use.selector, pair);
  if (wide === undefined || wide === use.selector) return use.vector;
  const { from, to } = use.vector;
  const total: AggregateExpr = {
    kind: 'aggregate',
    op: 'sum',
    expr: withSelector(use.vector, wide),
    grouping: { mode: 'without', labels: droppedLabels(use, pair) },
    from,
    to,
  };
  const zero = binary(total, '*', { kind: 'number', value: 0, from, to }, BY_ALL);
  return { kind: 'paren', expr: binary(use.vector, 'or', zero, matching), from, to };
}

function withSelector(vector: Expr, selector: Expr & { kind: 'vectorSelector' }): Expr {
  if (vector.kind !== 'call') return selector;
  const args = vector.args.map((arg): Expr => {
    const range = unwrapped(arg);
    return range.kind === 'matrixSelector' ? { ...range, selector } : arg;
  });
  return { ...vector, args };
}

const binary = (left: Expr, op: BinaryExpr['op'], right: Expr, matching: Matching): BinaryExpr => {
  const { from, to } = left;
  return { kind: 'binary', op, opSpan: { from, to }, bool: false, matching, left, right, from, to };
};

const droppedLabels = (use: SelectorUse, pair: PairLabels): readonly string[] => [
  ...new Set(split(use.selector, pair).dropped.map(({ name }) => name)),
];

const isBlindTo = (grouping: Grouping, labels: readonly string[]): boolean =>
  labels.every((label) => grouping.labels.includes(label) === (grouping.mode === 'without'));
