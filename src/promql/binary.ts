// Binary operators on scalars and vectors: arithmetic, comparisons as filters or with `bool`.
// Never pairs series up (matching.ts and set-operators.ts do). Called by evaluate.ts.
import { type ArithmeticOp, type BinaryExpr, type ComparisonOp, isComparison, isSetOp } from './ast.ts';
import type { Evaluation } from './functions/function.ts';
import { renamed } from './labels.ts';
import { matchVectors } from './matching.ts';
import { ARITHMETIC } from './numbers.ts';
import { combineSets } from './set-operators.ts';
import type { Sample, Value } from './value.ts';

const ON_NUMBERS: Readonly<Record<ArithmeticOp, (left: number, right: number) => number>> = {
  ...ARITHMETIC,
  atan2: Math.atan2,
};

const COMPARISON: Readonly<Record<ComparisonOp, (left: number, right: number) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
};

/** One pair's outcome. A filter that does not hold gives no value. */
export type Outcome = number | undefined;

/** The operator on one pair of numbers; a comparison without `bool` keeps the left value. */
function outcome(expr: BinaryExpr): (left: number, right: number) => Outcome {
  const { op, bool } = expr;
  if (isSetOp(op)) throw new Error(`${op} has no values to compute`);
  if (!isComparison(op)) return ON_NUMBERS[op];
  const holds = COMPARISON[op];
  if (bool) return (left, right) => (holds(left, right) ? 1 : 0);
  return (left, right) => (holds(left, right) ? left : undefined);
}

export function evaluateBinary(expr: BinaryExpr, evaluation: Evaluation): Value {
  const left = evaluation.value(expr.left);
  const right = evaluation.value(expr.right);
  if (left.kind === 'vector' && right.kind === 'vector')
    return { kind: 'vector', samples: onVectors(expr, left.samples, right.samples, evaluation) };
  const apply = outcome(expr);
  if (left.kind === 'vector' && right.kind === 'scalar')
    return {
      kind: 'vector',
      samples: withScalar(expr, left.samples, (value) => apply(value, right.value), evaluation),
    };
  if (left.kind === 'scalar' && right.kind === 'vector')
    return {
      kind: 'vector',
      samples: withScalar(expr, right.samples, (value) => apply(left.value, value), evaluation),
    };
  if (left.kind === 'scalar' && right.kind === 'scalar')
    return { kind: 'scalar', value: apply(left.value, right.value) ?? Number.NaN };
  throw new Error(`no ${expr.op} between ${left.kind} and ${right.kind}: trees are made by parse()`);
}

function onVectors(
  expr: BinaryExpr,
  left: readonly Sample[],
  right: readonly Sample[],
  evaluation: Evaluation,
): readonly Sample[] {
  if (isSetOp(expr.op)) return combineSets(expr.op, expr, left, right, evaluation);
  const keepsName = isComparison(expr.op) && !expr.bool;
  const operation = { owner: expr, matching: expr.matching, keepsName, apply: outcome(expr) };
  return matchVectors(operation, left, right, evaluation);
}

/** Arithmetic and `bool` make another metric of it; a filter leaves the vector's samples as they are, on either side. */
function withScalar(
  expr: BinaryExpr,
  samples: readonly Sample[],
  apply: (value: number) => Outcome,
  evaluation: Evaluation,
): readonly Sample[] {
  if (isComparison(expr.op) && !expr.bool) return samples.filter(({ value }) => apply(value) !== undefined);
  return renamed(samples, ({ value }) => apply(value) ?? Number.NaN, evaluation);
}
