// Says in plain words what the grammar stumbled over: the first error node of the tree, what stands there, what could.
// Never repairs. Called by parse.ts when the tree holds an error, and to find flaws the grammar overlooks.
import type { SyntaxNode, Tree } from '@lezer/common';
import type { Span } from './ast.ts';
import { type PromqlProblem, problemAt } from './problems.ts';
import { badNumber, bracketName, CLOSER_OF, type Scan, scan, type Token } from './scan.ts';

/** The text's first syntax error, or undefined when there is none. */
export function syntaxError(text: string, tree: Tree): PromqlProblem | undefined {
  const scanned = scan(text);
  if (scanned.tokens.length === 0 && scanned.flaw === undefined)
    return problemAt(
      text,
      'SRN1401',
      { from: 0, to: text.length },
      'no expression found in input',
      'a PromQL expression',
    );
  const error = firstError(tree);
  const { flaw } = scanned;
  if (flaw !== undefined && (error === undefined || flaw.from <= tokenFrom(scanned, error)))
    return problemAt(text, 'SRN1401', flaw, flaw.message, flaw.accepted);
  return error === undefined ? undefined : explain(text, error, scanned);
}

function firstError(tree: Tree): SyntaxNode | undefined {
  const cursor = tree.cursor();
  do {
    if (cursor.type.isError) return cursor.node;
  } while (cursor.next());
  return undefined;
}

const tokenAfter = ({ tokens }: Scan, node: SyntaxNode): Token | undefined =>
  tokens.find((token) => token.to > node.from);

const tokenFrom = (scanned: Scan, node: SyntaxNode): number =>
  tokenAfter(scanned, node)?.from ?? Number.POSITIVE_INFINITY;

function explain(text: string, error: SyntaxNode, scanned: Scan): PromqlProblem {
  const token = tokenAfter(scanned, error);
  const before = scanned.tokens.filter((other) => other.to <= (token?.from ?? text.length)).at(-1);
  const problem = (span: Span, message: string, accepted?: string) =>
    problemAt(text, 'SRN1401', span, message, accepted);
  if (token === undefined) {
    const end = { from: text.length, to: text.length };
    const open = scanned.open.at(-1);
    if (open === undefined) return problem(end, 'unexpected end of input', expected(error, before));
    const { place } = problem(open, '');
    const accepted = `a "${CLOSER_OF[open.text]}" for the "${open.text}" at ${place.line}:${place.column}`;
    return problem(end, `unclosed ${bracketName(open.text)}`, accepted);
  }
  // The grammar could read only its beginning: 1., 5m5m.
  if (token.kind === 'number' && error.from > token.from) {
    const { message, accepted } = badNumber(token);
    return problem(token, message, accepted);
  }
  if (token.text === '(' && before?.kind === 'identifier' && error.parent?.name === 'VectorSelector')
    return problem(before, `unknown function with name ${JSON.stringify(before.text)}`);
  if (token.text === ')' && before?.text === ',' && error.parent?.name === 'FunctionCallBody')
    return problem(before, 'trailing commas not allowed in function call args');
  return problem(token, `unexpected ${tokenName(token)}`, expected(error, before));
}

function tokenName(token: Token): string {
  if (token.kind === 'symbol') return '()[]{}'.includes(token.text) ? bracketName(token.text) : `"${token.text}"`;
  return `${token.kind} ${token.kind === 'string' ? token.text : JSON.stringify(token.text)}`;
}

const EXPRESSION = 'an expression, for example a metric name';
const DURATION = 'a duration such as 5m';
const LIST_WORDS = /^(?:on|ignoring|by|without|group_left|group_right)$/i;

/** What the grammar could have read, by the construct it was in and the piece before; coarse on purpose. */
function expected(error: SyntaxNode, before: Token | undefined): string {
  const after = before?.text ?? '';
  const opens = before === undefined || (before.kind === 'symbol' && !')]}'.includes(after));
  switch (error.parent?.name) {
    case 'LabelMatchers':
      return opens ? 'a label matcher such as code=~"5..", or "}"' : '"," or "}"';
    case 'UnquotedLabelMatcher':
    case 'QuotedLabelMatcher':
    case 'MatchOp':
      return opens ? 'a label value in quotes' : 'one of = != =~ !~';
    case 'GroupingLabels':
    case 'AggregateModifier':
    case 'MatchingModifierClause':
      return LIST_WORDS.test(after) ? 'label names in parentheses' : opens ? 'a label name, or ")"' : '"," or ")"';
    case 'FunctionCallBody':
      return opens ? EXPRESSION : '"," or ")"';
    case 'ParenExpr':
      return opens ? EXPRESSION : 'an operator, or ")"';
    case 'MatrixSelector':
    case 'SubqueryExpr':
      return opens ? DURATION : '"]"';
    case 'DurationExpr':
    case 'OffsetExpr':
    case 'OffsetDurationExpr':
      return DURATION;
    case 'StepInvariantExpr':
      return 'a Unix time in seconds, start() or end()';
    case 'AggregateExpr':
      return 'what to aggregate, in parentheses';
    default:
      return opens ? EXPRESSION : 'an operator, or the end of the expression';
  }
}
