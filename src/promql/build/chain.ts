// Flattens operators, signs and postfixes of the grammar's tree into the order of the text, so that we set precedence.
// Needed because lezer's grammar binds `offset` and `[…]` loosest ("a + b offset 5m") and signs tighter than ^.
// Never builds nodes. Called by build/expression.ts.
import type { SyntaxNode } from '@lezer/common';
import type { Span } from '../ast.ts';
import { partsOf, type Source, spanOf, textOf } from './source.ts';

export type ChainItem =
  | { readonly kind: 'operand'; readonly node: SyntaxNode }
  | { readonly kind: 'number'; readonly span: Span }
  | { readonly kind: 'sign'; readonly op: '+' | '-'; readonly span: Span }
  | { readonly kind: 'operator'; readonly op: string; readonly span: Span; readonly modifiers: readonly SyntaxNode[] }
  | { readonly kind: 'postfix'; readonly node: SyntaxNode };

const POSTFIXES: ReadonlySet<string> = new Set([
  'OffsetExpr',
  'MatrixSelector',
  'SubqueryExpr',
  'StepInvariantExpr',
  'AnchoredExpr',
  'SmoothedExpr',
]);
const SIGN = /^([-+])(?:\s|#[^\n]*)*/;

export function flatten(source: Source, root: SyntaxNode): readonly ChainItem[] {
  const items: ChainItem[] = [];
  // An explicit stack: a chain of operators can be thousands of nodes deep.
  const rest: (SyntaxNode | ChainItem)[] = [root];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if ('kind' in next) items.push(next);
    else rest.push(...pieces(source, next).toReversed());
  }
  return items;
}

function pieces(source: Source, node: SyntaxNode): readonly (SyntaxNode | ChainItem)[] {
  if (node.name === 'NumberDurationLiteral') return signedNumber(source, node);
  if (node.name === 'BinaryExpr') return binary(source, partsOf(node));
  const [first, second] = partsOf(node);
  if (node.name === 'UnaryExpr' && first !== undefined && second !== undefined)
    return [{ kind: 'sign', op: textOf(source, first) === '-' ? '-' : '+', span: spanOf(first) }, second];
  if (POSTFIXES.has(node.name) && first !== undefined) return [first, { kind: 'postfix', node }];
  return [{ kind: 'operand', node }];
}

function binary(source: Source, parts: readonly SyntaxNode[]): readonly (SyntaxNode | ChainItem)[] {
  const [left, operator] = parts;
  const right = parts.at(-1);
  if (left === undefined || operator === undefined || right === undefined || parts.length < 3)
    throw new Error('the PromQL grammar has changed: a binary expression needs three parts');
  const op = textOf(source, operator).toLowerCase();
  return [left, { kind: 'operator', op, span: spanOf(operator), modifiers: parts.slice(2, -1) }, right];
}

function signedNumber(source: Source, node: SyntaxNode): readonly ChainItem[] {
  const sign = SIGN.exec(textOf(source, node));
  if (sign === null) return [{ kind: 'number', span: spanOf(node) }];
  return [
    { kind: 'sign', op: sign[1] === '-' ? '-' : '+', span: { from: node.from, to: node.from + 1 } },
    { kind: 'number', span: { from: node.from + sign[0].length, to: node.to } },
  ];
}
