// Which parts of the language a query uses, by name; and all parts that there are.
// Never asks anything. Called by the differential test, so that nothing of the language is left out of it.
import { children, type Expr } from '../../src/promql/ast.ts';
import { functions } from '../../src/promql/functions/table.ts';
import { AGGREGATIONS, BINARY_OPERATORS } from './grammar.ts';

const MODIFIERS = [
  'bool',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'offset',
  '@',
  '@ start()',
  '@ end()',
  'range',
  'subquery',
  'subquery without a step',
  'computed range',
  'computed step',
  'computed offset',
  'unary',
] as const;

export const LANGUAGE: readonly string[] = [
  ...Array.from(functions.keys(), (name) => `${name}()`),
  ...AGGREGATIONS,
  ...BINARY_OPERATORS,
  ...MODIFIERS,
];

/** Names of LANGUAGE, each as often as it occurs. */
export function uses(expr: Expr): readonly string[] {
  return [...usesItself(expr), ...children(expr).flatMap(uses)];
}

function usesItself(expr: Expr): readonly string[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'paren':
      return [];
    case 'unary':
      return ['unary'];
    case 'vectorSelector':
      return moments(expr);
    case 'matrixSelector':
      return ['range', ...(expr.rangeExpr === undefined ? [] : ['computed range'])];
    case 'subquery':
      return [
        'subquery',
        ...(expr.stepMs === undefined ? ['subquery without a step'] : []),
        ...(expr.rangeExpr === undefined ? [] : ['computed range']),
        ...(expr.stepExpr === undefined ? [] : ['computed step']),
        ...moments(expr),
      ];
    case 'call':
      return [`${expr.name}()`];
    case 'aggregate':
      return [expr.op, ...(expr.grouping.labels.length > 0 ? [expr.grouping.mode] : [])];
    case 'binary': {
      const { bool, matching } = expr;
      const group = matching.group === undefined ? [] : [`group_${matching.group.side}`];
      return [expr.op, ...(bool ? ['bool'] : []), ...(matching.labels.length > 0 ? [matching.mode] : []), ...group];
    }
  }
}

type Moments = Extract<Expr, { kind: 'vectorSelector' | 'subquery' }>;

const moments = ({ offsetMs, offsetExpr, at }: Moments): readonly string[] => [
  ...(offsetMs === 0 ? [] : ['offset']),
  ...(offsetExpr === undefined ? [] : ['computed offset']),
  ...(at === undefined ? [] : [typeof at === 'number' ? '@' : `@ ${at}()`]),
];
