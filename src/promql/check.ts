// Type-checks a syntax tree as Prometheus does, with its wording: everything that can be known before samples are.
// Never changes the tree. Called by parse.ts; typeOf also by evaluate.ts and the analysis room.
import { compileMatcher } from '../series/matchers.ts';
import {
  type AggregateExpr,
  type BinaryExpr,
  type CallExpr,
  children,
  type Expr,
  isComparison,
  isSetOp,
  unwrapped,
} from './ast.ts';
import type { PromqlFunction } from './functions/function.ts';
import { functions } from './functions/table.ts';
import type { Report } from './problems.ts';
import { typeName, type ValueType } from './value.ts';

export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'vectorSelector':
    case 'aggregate':
      return 'vector';
    case 'matrixSelector':
    case 'subquery':
      return 'matrix';
    case 'paren':
    case 'unary':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
    case 'call':
      return functionOf(expr).returns;
  }
}

function functionOf({ name }: CallExpr): PromqlFunction {
  const known = functions.get(name);
  if (known === undefined) throw new Error(`no PromQL function ${name}: trees are made by parse()`);
  return known;
}

/** Reports every type error of the tree, innermost first; answers the root's type. */
export function check(expr: Expr, report: Report): ValueType {
  const types = children(expr).map((child) => check(child, report));
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'vectorSelector':
      // Otherwise a slip of the pen would select everything there is.
      if (expr.matchers.every((matcher) => compileMatcher(matcher)('')))
        report('SRN1403', expr, 'vector selector must contain at least one non-empty matcher');
      return 'vector';
    case 'matrixSelector':
      return 'matrix';
    case 'subquery':
      if (types[0] !== 'vector')
        report('SRN1403', expr, `subquery is only allowed on instant vector, got ${types[0]} instead`);
      return 'matrix';
    case 'paren':
      return types[0] ?? 'scalar';
    case 'unary': {
      const type = types[0] ?? 'scalar';
      if (type !== 'scalar' && type !== 'vector') {
        const wanted = 'unary expression only allowed on expressions of type scalar or instant vector';
        report('SRN1403', expr, `${wanted}, got "${typeName[type]}"`);
      }
      return type;
    }
    case 'binary':
      return checkBinary(expr, types, report);
    case 'aggregate':
      checkAggregate(expr, types, report);
      return 'vector';
    case 'call':
      checkCall(expr, types, report);
      return functionOf(expr).returns;
  }
}

function checkBinary(expr: BinaryExpr, [left, right]: readonly ValueType[], report: Report): ValueType {
  const { op, opSpan, bool, matching } = expr;
  const scalars = left === 'scalar' && right === 'scalar';
  if (bool && !isComparison(op)) report('SRN1403', opSpan, 'bool modifier can only be used on comparison operators');
  if (!bool && isComparison(op) && scalars)
    report('SRN1403', opSpan, 'comparisons between scalars must use BOOL modifier', `${op} bool`);
  const twice = matching.labels.find((label) => matching.group?.include.includes(label));
  if (matching.mode === 'on' && twice !== undefined)
    report('SRN1403', opSpan, `label ${JSON.stringify(twice)} must not occur in ON and GROUP clause at once`);
  const operands: [Expr, ValueType | undefined][] = [
    [expr.left, left],
    [expr.right, right],
  ];
  for (const [operand, type] of operands)
    if (type !== 'scalar' && type !== 'vector')
      report('SRN1403', operand, 'binary expression must contain only scalar and instant vector types');
  if (left !== 'vector' || right !== 'vector') {
    if (matching.labels.length > 0) report('SRN1403', expr, 'vector matching only allowed between instant vectors');
    if (isSetOp(op) && (left === 'scalar' || right === 'scalar'))
      report('SRN1403', expr, `set operator "${op}" not allowed in binary scalar expression`);
  } else if (isSetOp(op) && matching.group !== undefined)
    report('SRN1403', expr, `no grouping allowed for "${op}" operation`);
  return scalars ? 'scalar' : 'vector';
}

function checkAggregate(expr: AggregateExpr, types: readonly ValueType[], report: Report): void {
  const type = types.at(-1) ?? 'vector';
  const wanted = expr.op === 'count_values' ? 'string' : 'scalar';
  if (expr.param !== undefined && types[0] !== undefined && types[0] !== wanted)
    report('SRN1403', expr.param, expected(wanted, 'aggregation parameter', types[0]));
  const label = expr.param === undefined ? undefined : unwrapped(expr.param);
  if (label?.kind === 'string' && expr.op === 'count_values' && label.value === '')
    report('SRN1403', label, 'invalid label name ""', 'a name that is not empty');
  if (type !== 'vector') report('SRN1403', expr.expr, expected('vector', 'aggregation expression', type));
}

function checkCall(expr: CallExpr, types: readonly ValueType[], report: Report): void {
  const { args, optional = 0, variadic = false } = functionOf(expr);
  const least = variadic ? args.length - 1 : args.length - optional;
  const most = variadic ? Number.POSITIVE_INFINITY : args.length;
  const found = expr.args.length;
  const count = (bound: string, number: number) =>
    report('SRN1403', expr, `expected ${bound}${number} argument(s) in call to "${expr.name}", got ${found}`);
  if (found < least || found > most) {
    if (least === most) count('', least);
    else if (found < least) count('at least ', least);
    else count('at most ', most);
  }
  functionOf(expr).check?.(expr.args, report);
  for (const [index, arg] of expr.args.entries()) {
    const wanted = args[index] ?? (variadic ? args.at(-1) : undefined);
    const type = types[index];
    if (wanted !== undefined && type !== undefined && type !== wanted)
      report('SRN1403', arg, expected(wanted, `call to function "${expr.name}"`, type));
  }
}

const expected = (wanted: ValueType, where: string, found: ValueType): string =>
  `expected type ${typeName[wanted]} in ${where}, got ${typeName[found]}`;
