// Durations from the grammar's nodes: literals and arithmetic are worked out at once, what asks for the query's step or
// range is kept as an expression. Called by build/postfix.ts.
import type { SyntaxNode } from '@lezer/common';
import type { DurationExpr, Span } from '../ast.ts';
import { asksForQuery, computed, INSTANT } from '../durations.ts';
import { LONGEST_SECONDS, parseNumber } from '../literals.ts';
import { DEEPEST, partsOf, type Source, spanOf, textOf } from './source.ts';

export interface Duration {
  /** Of what depends on the query: as in an instant query, 0 where that makes none. */
  readonly ms: number;
  /** Only of what depends on the query. */
  readonly expr?: DurationExpr;
}

/** `negative`: an offset, which may be that, or zero. */
export function buildDuration(
  source: Source,
  node: SyntaxNode,
  { negative }: { readonly negative: boolean },
): Duration | undefined {
  const expr = build(source, node, 0);
  if (expr === undefined) return undefined;
  if (expr.kind === 'literal' && (negative || expr.seconds > 0)) return { ms: Math.round(expr.seconds * 1e9) / 1e6 };
  const result = computed(expr, INSTANT, { negative });
  if (asksForQuery(expr)) return { ms: result.ok ? result.ms : 0, expr };
  if (result.ok) return { ms: result.ms };
  source.report('SRN1403', spanOf(result.at), result.message);
  return undefined;
}

const OPERATORS: Readonly<Record<string, '+' | '-' | '*' | '/' | '%' | '^'>> = {
  Add: '+',
  Sub: '-',
  Mul: '*',
  Div: '/',
  Mod: '%',
  Pow: '^',
};
const CHOICES: Readonly<Record<string, 'min_of' | 'max_of'>> = { DurationMinOf: 'min_of', DurationMaxOf: 'max_of' };

function build(source: Source, node: SyntaxNode, depth: number): DurationExpr | undefined {
  if (depth > DEEPEST) {
    source.report('SRN1402', spanOf(node), `durations nested deeper than ${DEEPEST} levels are not supported`);
    return undefined;
  }
  const [first, second, third] = partsOf(node);
  if (first === undefined) throw new Error('the PromQL grammar has changed: a duration');
  const inner = (part: SyntaxNode | undefined): DurationExpr | undefined =>
    part === undefined ? undefined : build(source, part, depth + 1);
  const span = spanOf(node);
  const choice = CHOICES[first.name];
  const operator = second === undefined ? undefined : OPERATORS[second.name];
  if (choice !== undefined) return operation(choice, inner(second), () => inner(third));
  if (operator !== undefined) return operation(operator, inner(first), () => inner(third));
  switch (first.name) {
    case 'NumberDurationLiteralInDurationContext':
      return literal(source, first);
    case 'DurationStep':
      return { kind: 'step', ...span };
    case 'DurationRange':
      return { kind: 'range', ...span };
    case 'UnaryOp':
      return signed(span, textOf(source, first), inner(second));
    default:
      return inner(first);
  }
}

/** It reaches from its left to its right, without parentheses: so Prometheus names its place. */
function operation(
  op: Extract<DurationExpr, { kind: 'operation' }>['op'],
  left: DurationExpr | undefined,
  buildRight: () => DurationExpr | undefined,
): DurationExpr | undefined {
  // What is wrong on the left is enough to know.
  const right = left === undefined ? undefined : buildRight();
  if (left === undefined || right === undefined) return undefined;
  return { kind: 'operation', from: left.from, to: right.to, op, left, right };
}

function signed(span: Span, sign: string, of: DurationExpr | undefined): DurationExpr | undefined {
  if (of === undefined || sign === '+') return of === undefined ? undefined : { ...of, ...span };
  if (of.kind === 'literal') return { kind: 'literal', ...span, seconds: of.seconds === 0 ? 0 : -of.seconds };
  return { kind: 'negated', ...span, of };
}

function literal(source: Source, node: Span): DurationExpr | undefined {
  const seconds = parseNumber(textOf(source, node));
  if (seconds !== undefined && seconds <= LONGEST_SECONDS) return { kind: 'literal', ...spanOf(node), seconds };
  source.report('SRN1401', spanOf(node), 'duration out of range', 'a duration of at most 292 years');
  return undefined;
}
