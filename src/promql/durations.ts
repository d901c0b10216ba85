// Durations that are computed: arithmetic, and the query's own step and range, which are known only when it is asked.
// Semantics: Prometheus 3, promql/durations.go. Called by build/duration.ts (what is constant), print.ts and, before a
// query is evaluated, by evaluate.ts and range.ts.
import { children, type DurationExpr, type Expr, type Moment, mapParts } from './ast.ts';
import { LONGEST_SECONDS, printDuration } from './literals.ts';
import { ARITHMETIC } from './numbers.ts';
import { PromqlEvaluationError } from './value.ts';

/** Of the query as a whole, milliseconds; both 0 for an instant query. */
export interface QueryTimes {
  readonly stepMs: number;
  readonly rangeMs: number;
}

export const INSTANT: QueryTimes = { stepMs: 0, rangeMs: 0 };

/** A duration of whole milliseconds, or what is wrong with it, where. */
export type Computed =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly message: string; readonly at: DurationExpr };

class Fault {
  readonly message: string;
  readonly at: DurationExpr;
  constructor(message: string, at: DurationExpr) {
    this.message = message;
    this.at = at;
  }
}

export function computed(
  expr: DurationExpr,
  times: QueryTimes,
  { negative }: { readonly negative: boolean },
): Computed {
  const value = seconds(expr, times);
  if (value instanceof Fault) return { ok: false, message: value.message, at: value.at };
  if (!Number.isFinite(value)) return { ok: false, message: 'duration is NaN or infinite', at: expr };
  if (value <= 0 && !negative) return { ok: false, message: 'duration must be greater than 0', at: expr };
  if (Math.abs(value) > LONGEST_SECONDS) return { ok: false, message: 'duration is out of range', at: expr };
  return { ok: true, ms: Math.trunc(value * 1000) + 0 };
}

function seconds(expr: DurationExpr, times: QueryTimes): number | Fault {
  switch (expr.kind) {
    case 'literal':
      return expr.seconds;
    case 'step':
      return times.stepMs / 1000;
    case 'range':
      return times.rangeMs / 1000;
    case 'negated': {
      const value = seconds(expr.of, times);
      return value instanceof Fault ? value : -value;
    }
    case 'operation': {
      const left = seconds(expr.left, times);
      const right = seconds(expr.right, times);
      if (left instanceof Fault) return left;
      if (right instanceof Fault) return right;
      if (right === 0 && expr.op === '/') return new Fault('division by zero', expr);
      if (right === 0 && expr.op === '%') return new Fault('modulo by zero', expr);
      return OPERATIONS[expr.op](left, right);
    }
  }
}

type DurationOp = Extract<DurationExpr, { kind: 'operation' }>['op'];

const OPERATIONS: Readonly<Record<DurationOp, (left: number, right: number) => number>> = {
  ...ARITHMETIC,
  min_of: Math.min,
  max_of: Math.max,
};

/** Whether the query's own step or range is part of it. */
export const asksForQuery = (expr: DurationExpr): boolean => {
  switch (expr.kind) {
    case 'literal':
      return false;
    case 'step':
    case 'range':
      return true;
    case 'negated':
      return asksForQuery(expr.of);
    case 'operation':
      return asksForQuery(expr.left) || asksForQuery(expr.right);
  }
};

/** The tree with every duration that depends on the query's times worked out; itself where there is none. */
export function timed(expr: Expr, times: QueryTimes): Expr {
  return hasComputed(expr) ? rebuilt(expr, times) : expr;
}

const hasComputed = (expr: Expr): boolean => ownDurations(expr).length > 0 || children(expr).some(hasComputed);

function ownDurations(expr: Expr): readonly DurationExpr[] {
  const own: (DurationExpr | undefined)[] = [];
  if (expr.kind === 'vectorSelector' || expr.kind === 'subquery') own.push(expr.offsetExpr);
  if (expr.kind === 'matrixSelector' || expr.kind === 'subquery') own.push(expr.rangeExpr);
  if (expr.kind === 'subquery') own.push(expr.stepExpr);
  return own.filter((duration) => duration !== undefined);
}

function rebuilt(expr: Expr, times: QueryTimes): Expr {
  switch (expr.kind) {
    case 'vectorSelector':
      return moved(expr, times);
    case 'matrixSelector':
      return {
        ...expr,
        selector: moved(expr.selector, times),
        rangeMs: positive(expr.rangeExpr, times) ?? expr.rangeMs,
      };
    case 'subquery': {
      const rangeMs = positive(expr.rangeExpr, times) ?? expr.rangeMs;
      const stepMs = positive(expr.stepExpr, times) ?? expr.stepMs;
      const inner = rebuilt(expr.expr, times);
      return { ...moved(expr, times), expr: inner, rangeMs, ...(stepMs === undefined ? {} : { stepMs }) };
    }
    default:
      return mapParts(expr, (part) => rebuilt(part, times));
  }
}

const moved = <T extends Moment>(part: T, times: QueryTimes): T =>
  part.offsetExpr === undefined ? part : { ...part, offsetMs: worked(part.offsetExpr, times, true) };

const positive = (duration: DurationExpr | undefined, times: QueryTimes): number | undefined =>
  duration === undefined ? undefined : worked(duration, times, false);

function worked(duration: DurationExpr, times: QueryTimes, negative: boolean): number {
  const result = computed(duration, times, { negative });
  if (result.ok) return result.ms;
  throw new PromqlEvaluationError(`${result.at.from}:${result.at.to}: ${result.message}`);
}

/** With parentheses around every operation, as an offset needs them anyway. */
export function printDurationExpr(expr: DurationExpr): string {
  switch (expr.kind) {
    case 'literal':
      return printDuration(Math.round(expr.seconds * 1e9) / 1e6);
    case 'step':
    case 'range':
      return `${expr.kind}()`;
    case 'negated':
      return `-(${printDurationExpr(expr.of)})`;
    case 'operation': {
      const [left, right] = [printDurationExpr(expr.left), printDurationExpr(expr.right)];
      return expr.op === 'min_of' || expr.op === 'max_of'
        ? `${expr.op}(${left}, ${right})`
        : `(${left} ${expr.op} ${right})`;
    }
  }
}
