// From a query's text to a checked syntax tree, or to all that is wrong with it, with places.
// Never evaluates; a tree it returns can be evaluated without surprises. Called by whoever loads a query: analysis, lint, metrics.
import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { Expr } from './ast.ts';
import { buildExpression } from './build/expression.ts';
import { partsOf } from './build/source.ts';
import { check } from './check.ts';
import { type PromqlProblem, problemAt, type Report } from './problems.ts';
import { syntaxError } from './syntax-error.ts';

/** Characters. The grammar recovers from errors in linear time, but not in none; queries people write have hundreds. */
export const LONGEST_QUERY = 16_384;

/** A Result whose problems know their offsets as well. */
export type ParseResult =
  | { readonly ok: true; readonly value: Expr }
  | { readonly ok: false; readonly problems: readonly PromqlProblem[] };

/**
 * Parses and type-checks. A syntax error (SRN1401) is reported alone, the first one; what is not supported (SRN1402)
 * and type errors (SRN1403) are reported all at once, in the order of the text.
 */
export function parse(text: string): ParseResult {
  if (text.length > LONGEST_QUERY) {
    const message = `the query is longer than ${LONGEST_QUERY} characters`;
    return { ok: false, problems: [problemAt(text, 'SRN1402', { from: LONGEST_QUERY, to: LONGEST_QUERY }, message)] };
  }
  const tree = parser.parse(text);
  const wrong = syntaxError(text, tree);
  if (wrong !== undefined) return { ok: false, problems: [wrong] };
  const problems: PromqlProblem[] = [];
  const report: Report = (code, span, message, accepted) =>
    problems.push(problemAt(text, code, span, message, accepted));
  const expr = buildExpression(text, rootOf(tree), report);
  if (expr !== undefined) check(expr, report);
  if (expr !== undefined && problems.length === 0) return { ok: true, value: expr };
  return { ok: false, problems: problems.toSorted((a, b) => a.from - b.from) };
}

function rootOf(tree: Tree): SyntaxNode {
  const root = partsOf(tree.topNode)[0];
  if (root === undefined) throw new Error('the PromQL grammar has changed: a tree without error has an expression');
  return root;
}
