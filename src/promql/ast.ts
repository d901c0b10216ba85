// The syntax tree of a PromQL expression: small, typed, immutable, every node with its place in the text.
// Never holds evaluated data or compiled regexes. Made by parse.ts; read by check, evaluate, print and the analysis room.
import type { Millis } from '../lib/clock.ts';
import type { Matcher } from '../series/series.ts';

/** Offsets into the query's text (UTF-16 code units), `to` exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOp = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type SetOp = 'and' | 'or' | 'unless';
export type BinaryOp = ArithmeticOp | ComparisonOp | SetOp;

export type AggregateOp =
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'count'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'quantile'
  | 'topk'
  | 'bottomk'
  | 'count_values';

export interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly value: number;
}

export interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
}

/** A duration that depends on the query's own step and range: `x[2 * step()]`. */
export type DurationExpr = Span &
  (
    | { readonly kind: 'literal'; readonly seconds: number }
    | { readonly kind: 'step' | 'range' }
    | { readonly kind: 'negated'; readonly of: DurationExpr }
    | {
        readonly kind: 'operation';
        readonly op: '+' | '-' | '*' | '/' | '%' | '^' | 'min_of' | 'max_of';
        readonly left: DurationExpr;
        readonly right: DurationExpr;
      }
  );

/** `@`: look at this moment instead of that of the evaluation. `start` and `end` are those of the whole range query. */
export type At = Millis | 'start' | 'end';

/** When a selector or subquery looks, seen from the moment of evaluation. */
export interface Moment {
  /** How far back in time, milliseconds; negative: ahead; 0 without `offset`. Counts from `at` where there is one. */
  readonly offsetMs: number;
  /** What `offsetMs` is worked out from anew for each query. So with the other durations: `…Ms` is that of an instant query. */
  readonly offsetExpr?: DurationExpr;
  readonly at?: At;
}

/** An instant selector. The metric's name is the matcher on `__name__`, first where there is one. */
export interface VectorSelector extends Span, Moment {
  readonly kind: 'vectorSelector';
  readonly matchers: readonly Matcher[];
}

export interface MatrixSelector extends Span {
  readonly kind: 'matrixSelector';
  readonly selector: VectorSelector;
  readonly rangeMs: number;
  readonly rangeExpr?: DurationExpr;
}

/** `expr[5m:1m]`: an instant vector evaluated again and again over a range of time. */
export interface SubqueryExpr extends Span, Moment {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly rangeMs: number;
  readonly rangeExpr?: DurationExpr;
  /** Left out (`[5m:]`): the default of whoever evaluates. */
  readonly stepMs?: number;
  readonly stepExpr?: DurationExpr;
}

export interface ParenExpr extends Span {
  readonly kind: 'paren';
  readonly expr: Expr;
}

export interface UnaryExpr extends Span {
  readonly kind: 'unary';
  readonly op: '+' | '-';
  readonly expr: Expr;
}

/** How two vectors' series find each other; `ignoring` nothing when the query says nothing. */
export interface Matching {
  readonly mode: 'on' | 'ignoring';
  readonly labels: readonly string[];
  /** `group_left`: the left side has many series per match, `group_right`: the right side; with labels taken from the one. */
  readonly group?: { readonly side: 'left' | 'right'; readonly include: readonly string[] };
}

export interface BinaryExpr extends Span {
  readonly kind: 'binary';
  readonly op: BinaryOp;
  readonly opSpan: Span;
  /** The `bool` modifier: 0 or 1 instead of filtering. */
  readonly bool: boolean;
  readonly matching: Matching;
  readonly left: Expr;
  readonly right: Expr;
}

/** `by` no labels when the query says nothing: one group. */
export interface Grouping {
  readonly mode: 'by' | 'without';
  readonly labels: readonly string[];
}

export interface AggregateExpr extends Span {
  readonly kind: 'aggregate';
  readonly op: AggregateOp;
  /** Of `quantile`, `topk` and `bottomk` a scalar, of `count_values` a string. */
  readonly param?: Expr;
  readonly expr: Expr;
  readonly grouping: Grouping;
}

export interface CallExpr extends Span {
  readonly kind: 'call';
  /** A name of the function table (functions/table.ts). */
  readonly name: string;
  readonly args: readonly Expr[];
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | SubqueryExpr
  | ParenExpr
  | UnaryExpr
  | BinaryExpr
  | AggregateExpr
  | CallExpr;

const SET_OPS: ReadonlySet<string> = new Set(['and', 'or', 'unless']);
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '>', '<', '>=', '<=']);

export const isSetOp = (op: BinaryOp): op is SetOp => SET_OPS.has(op);
export const isComparison = (op: BinaryOp): op is ComparisonOp => COMPARISONS.has(op);

/** The expression inside any number of parentheses. */
export function unwrapped(expr: Expr): Exclude<Expr, ParenExpr> {
  let inner = expr;
  while (inner.kind === 'paren') inner = inner.expr;
  return inner;
}

/** The direct subexpressions, in the order of the text's meaning (an aggregation's parameter first). */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vectorSelector':
      return [];
    case 'matrixSelector':
      return [expr.selector];
    case 'subquery':
    case 'paren':
    case 'unary':
      return [expr.expr];
    case 'binary':
      return [expr.left, expr.right];
    case 'aggregate':
      return expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
    case 'call':
      return expr.args;
  }
}

/** The same expression with each of its parts replaced by what `fn` makes of it. Selectors have no parts, a range's own included. */
export function mapParts(expr: Expr, fn: (part: Expr) => Expr): Expr {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'vectorSelector':
    case 'matrixSelector':
      return expr;
    case 'subquery':
    case 'paren':
    case 'unary':
      return { ...expr, expr: fn(expr.expr) };
    case 'binary':
      return { ...expr, left: fn(expr.left), right: fn(expr.right) };
    case 'aggregate': {
      const param = expr.param === undefined ? {} : { param: fn(expr.param) };
      return { ...expr, ...param, expr: fn(expr.expr) };
    }
    case 'call':
      return { ...expr, args: expr.args.map(fn) };
  }
}
