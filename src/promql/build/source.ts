// What every part of the tree builder is handed: the text, where to report, and how to build a subexpression.
// Never builds itself. Made by build/expression.ts.
import type { SyntaxNode } from '@lezer/common';
import type { Expr, Span } from '../ast.ts';
import type { Report } from '../problems.ts';

/** Deeper trees than people write would overflow the stack of whoever walks them. */
export const DEEPEST = 250;

/** Undefined when a problem was reported instead. */
export type Built = Expr | undefined;

export interface Source {
  readonly text: string;
  readonly report: Report;
  build(node: SyntaxNode): Built;
}

export const spanOf = (node: Span): Span => ({ from: node.from, to: node.to });

export const textOf = ({ text }: Source, node: Span): string => text.slice(node.from, node.to);

/** The node's children that mean something (comments do not). */
export function partsOf(node: SyntaxNode): readonly SyntaxNode[] {
  const parts: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'LineComment') parts.push(child);
  return parts;
}
