// What must be evaluated to judge one gate for one release: the query, its operands, and proof that its metrics are there.
// Never evaluates. Called by the controller's gather, once per attempt: a plan does not depend on time.
import { type BinaryExpr, type Expr, unwrapped } from '../promql/ast.ts';
import { typeOf } from '../promql/check.ts';
import { print } from '../promql/print.ts';
import { selectorsOf, transform } from '../promql/selectors.ts';
import { comparisonsOf, constant } from './comparisons.ts';
import { expand, forStable, type PairLabels, roleOf } from './identity.ts';
import { type OwnQuantile, ownQuantiles } from './own-quantiles.ts';
import { withLabels } from './placeholders.ts';
import type { PreparedGate } from './prepare.ts';
import { type SelectorUse, usesOf, widened } from './uses.ts';
import { countAbsentAsZero } from './zero.ts';

/** One query; all of a plan's are evaluated at one instant. The key is its text. */
export interface PlannedQuery {
  readonly key: string;
  readonly expr: Expr;
}

/** A side of a comparison: a number that stands there, or a query's key. */
export type Operand = { readonly constant: number } | { readonly key: string };

export interface PlannedComparison {
  readonly op: BinaryExpr['op'];
  readonly left: Operand;
  readonly right: Operand;
  /** Of two vectors: the comparison with `bool`, which answers whenever two series meet. */
  readonly met?: string;
}

export interface PlannedSelector {
  /** As the message names it. */
  readonly text: string;
  /** Counts the series the use returns. */
  readonly found: string;
  /** Counts the series of its metric for that version, once its other matchers are dropped. */
  readonly known?: string;
  readonly ofCanary: boolean;
}

export interface QueryPlan {
  readonly gate: string;
  /** The user's query with this release's labels. */
  readonly query: string;
  /** No selector names stable. */
  readonly oneSided: boolean;
  readonly queries: readonly PlannedQuery[];
  /** Keys: the query itself, the query with absent series counted as zero, and one-sided ones asked of stable. */
  readonly result: string;
  readonly filled: string;
  readonly stable?: string;
  readonly comparisons: readonly PlannedComparison[];
  readonly selectors: readonly PlannedSelector[];
  /** Where quantiles of the canary's stand: a fail by them is asked whether it is chance (chance.ts). */
  readonly ownQuantiles: readonly OwnQuantile[];
}

export function planQueries(gate: PreparedGate, pair: PairLabels): QueryPlan {
  const queries = new Map<string, Expr>();
  const add = (expr: Expr): string => {
    const key = print(expr);
    queries.set(key, expr);
    return key;
  };
  const expr = transform(gate.expr, (selector) => ({ ...selector, matchers: expand(selector.matchers, pair) }));
  const filled = countAbsentAsZero(expr, pair);
  const oneSided = isOneSided(expr, pair);
  const asked = oneSided ? ofStable(expr, pair) : undefined;
  const plan = {
    gate: gate.name,
    query: withLabels(gate.text, pair),
    oneSided,
    result: add(expr),
    filled: add(filled),
    ...(asked === undefined ? {} : { stable: add(asked) }),
    comparisons: comparisonsOf(filled).map((comparison) => planComparison(comparison, add)),
    selectors: usesOf(expr).map((use) => planSelector(use, pair, add)),
    ownQuantiles: ownQuantiles(expr, pair),
  };
  return { ...plan, queries: [...queries].map(([key, query]) => ({ key, expr: query })) };
}

type Add = (expr: Expr) => string;

function planComparison(comparison: BinaryExpr, add: Add): PlannedComparison {
  const operand = (side: Expr): Operand => {
    const value = constant(side);
    return value === undefined ? { key: add(unwrapped(side)) } : { constant: value };
  };
  const left = operand(comparison.left);
  const right = operand(comparison.right);
  const vectors = typeOf(comparison.left) === 'vector' && typeOf(comparison.right) === 'vector';
  return { op: comparison.op, left, right, ...(vectors ? { met: add(counted({ ...comparison, bool: true })) } : {}) };
}

function planSelector(use: SelectorUse, pair: PairLabels, add: Add): PlannedSelector {
  const wide = widened(use.selector, pair);
  return {
    text: print({ ...use.selector, offsetMs: 0 }),
    found: add(counted(use.vector)),
    ...(wide === undefined ? {} : { known: add(counted(wide)) }),
    ofCanary: roleOf(use.selector.matchers, pair).canary,
  };
}

/** One number instead of any number of series: these queries only ask whether there are some. */
const counted = (expr: Expr): Expr => ({
  kind: 'aggregate',
  op: 'count',
  expr,
  grouping: { mode: 'by', labels: [] },
  from: expr.from,
  to: expr.to,
});

/** A selector that takes both versions alike (the whole service) does not compare, and stays armed at 100 %. */
const isOneSided = (expr: Expr, pair: PairLabels): boolean =>
  selectorsOf(expr).every(({ selector }) => {
    const role = roleOf(selector.matchers, pair);
    return !role.specific || !role.stable;
  });

/** The query with stable in the canary's place; undefined when some selector of the canary has no counterpart. */
function ofStable(expr: Expr, pair: PairLabels): Expr | undefined {
  const selectors = selectorsOf(expr).map(({ selector: { matchers } }) => {
    const role = roleOf(matchers, pair);
    return { counterpart: forStable(matchers, pair), needed: role.canary && role.specific };
  });
  const stuck = selectors.some(({ counterpart, needed }) => needed && counterpart === undefined);
  if (stuck || selectors.every(({ counterpart }) => counterpart === undefined)) return undefined;
  return transform(expr, (selector) => ({
    ...selector,
    matchers: forStable(selector.matchers, pair) ?? selector.matchers,
  }));
}
