// Builds the syntax tree from lezer's: precedence climbing over the flattened chain, one builder per primary.
// Precedence is Prometheus' (or < and unless < comparisons < + - < * / % atan2 < ^ right-associative; a sign binds like *).
// Never checks types. Called by parse.ts.
import type { SyntaxNode } from '@lezer/common';
import { type BinaryExpr, type BinaryOp, children, type Expr, type Matching, type Span } from '../ast.ts';
import { parseNumber } from '../literals.ts';
import type { Report } from '../problems.ts';
import { buildAggregate, buildCall, buildLabelList } from './call.ts';
import { type ChainItem, flatten } from './chain.ts';
import { buildPostfix } from './postfix.ts';
import { buildSelector, buildString } from './selector.ts';
import { type Built, DEEPEST, partsOf, type Source, spanOf } from './source.ts';

const PRECEDENCE: Readonly<Record<BinaryOp, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};
const POW = PRECEDENCE['^'];

const isBinaryOp = (op: string): op is BinaryOp => Object.hasOwn(PRECEDENCE, op);

export const NO_MATCHING: Matching = { mode: 'ignoring', labels: [] };

export function buildExpression(text: string, root: SyntaxNode, report: Report): Built {
  const nesting: Nesting = { depth: 0, refused: false };
  const source: Source = {
    text,
    report,
    build: (node) => climb(source, { items: flatten(source, node), next: 0, nesting }, 1),
  };
  const built = source.build(root);
  return built === undefined || depthOf(built) <= DEEPEST ? built : tooDeep(source, nesting, built);
}

/** How deep the builder itself has recursed, over all chains. */
interface Nesting {
  depth: number;
  refused: boolean;
}

function tooDeep({ report }: Source, nesting: Nesting, span: Span): undefined {
  if (!nesting.refused)
    report('SRN1402', spanOf(span), `expressions nested deeper than ${DEEPEST} levels are not supported`);
  nesting.refused = true;
}

// Chains of left-associative operators nest without recursion above, so the tree is measured as well (and without any).
function depthOf(root: Expr): number {
  let deepest = 0;
  const rest: [Expr, number][] = [[root, 1]];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [expr, depth] = next;
    deepest = Math.max(deepest, depth);
    for (const child of children(expr)) rest.push([child, depth + 1]);
  }
  return deepest;
}

/** A chain of operators being read; `next` moves on. */
interface Chain {
  readonly items: readonly ChainItem[];
  readonly nesting: Nesting;
  next: number;
}

function climb(source: Source, chain: Chain, loosest: number): Built {
  const { nesting } = chain;
  nesting.depth += 1;
  let left = prefixed(source, chain);
  for (let item = operatorAt(chain); item !== undefined && precedence(item.op) >= loosest; item = operatorAt(chain)) {
    if (!isClear(source, chain, item)) {
      // Nothing after this is read.
      chain.next = chain.items.length;
      left = undefined;
      break;
    }
    chain.next += 1;
    const right = climb(source, chain, item.op === '^' ? POW : precedence(item.op) + 1);
    left = buildBinary(source, item, left, right);
  }
  nesting.depth -= 1;
  return left;
}

const DURATION_OPERATORS: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '^']);

/** Prometheus reads `x offset (5m) * 2` as `x offset (5m * 2)`, which is seldom meant; the grammar here does not. */
function isClear(source: Source, { items, next }: Chain, { op, span }: Operator): boolean {
  const before = items[next - 1];
  if (before?.kind !== 'postfix' || before.node.name !== 'OffsetExpr' || !DURATION_OPERATORS.has(op)) return true;
  const duration = partsOf(before.node)[2];
  if (duration === undefined || !source.text.startsWith('(', duration.from)) return true;
  const accepted = 'parentheses that say what is meant: (x offset (5m)) * 2, or x offset (5m * 2)';
  source.report('SRN1401', span, `unexpected "${op}" after an offset in parentheses`, accepted);
  return false;
}

type Operator = Extract<ChainItem, { kind: 'operator' }>;

/** The operator that follows; a sign after an operand is one as well. */
function operatorAt({ items, next }: Chain): Operator | undefined {
  const item = items[next];
  if (item?.kind === 'sign') return { kind: 'operator', op: item.op, span: item.span, modifiers: [] };
  return item?.kind === 'operator' ? item : undefined;
}

// What is not ours binds like a comparison, as Prometheus' `</` and `>/` do; buildBinary refuses it.
const precedence = (op: string): number => (isBinaryOp(op) ? PRECEDENCE[op] : 3);

function prefixed(source: Source, chain: Chain): Built {
  const item = chain.items[chain.next];
  if (item === undefined) throw new Error('the PromQL grammar has changed: an operand was due');
  if (chain.nesting.depth > DEEPEST) {
    // Nothing after this is read: the query is refused anyway.
    chain.next = chain.items.length;
    return tooDeep(source, chain.nesting, 'span' in item ? item.span : item.node);
  }
  chain.next += 1;
  if (item.kind === 'sign') {
    const expr = climb(source, chain, POW);
    if (expr === undefined) return undefined;
    const span = { from: item.span.from, to: expr.to };
    if (expr.kind === 'number') return { ...expr, ...span, value: item.op === '-' ? -expr.value : expr.value };
    return { kind: 'unary', ...span, op: item.op, expr };
  }
  let built: Built;
  if (item.kind === 'number') built = buildNumber(source, item.span);
  else if (item.kind === 'operand') built = buildPrimary(source, item.node);
  else throw new Error('the PromQL grammar has changed: an operand was due');
  for (let after = chain.items[chain.next]; after?.kind === 'postfix'; after = chain.items[chain.next]) {
    chain.next += 1;
    built = buildPostfix(source, built, after.node);
  }
  return built;
}

function buildNumber(source: Source, span: Span): Built {
  const value = parseNumber(source.text.slice(span.from, span.to));
  if (value !== undefined) return { kind: 'number', ...span, value };
  source.report(
    'SRN1401',
    span,
    'number out of range or not a number',
    'a number such as 0.01, 1e3, 0x1f or a duration',
  );
  return undefined;
}

function buildPrimary(source: Source, node: SyntaxNode): Built {
  switch (node.name) {
    case 'VectorSelector':
      return buildSelector(source, node);
    case 'AggregateExpr':
      return buildAggregate(source, node);
    case 'FunctionCall':
      return buildCall(source, node);
    case 'StringLiteral': {
      const value = buildString(source, node);
      return value === undefined ? undefined : { kind: 'string', ...spanOf(node), value };
    }
    case 'ParenExpr': {
      const [inner] = partsOf(node);
      const expr = inner === undefined ? undefined : source.build(inner);
      return expr === undefined ? undefined : { kind: 'paren', ...spanOf(node), expr };
    }
    default:
      source.report('SRN1402', spanOf(node), `${node.name} is not supported`);
      return undefined;
  }
}

function buildBinary(source: Source, operator: Operator, left: Built, right: Built): BinaryExpr | undefined {
  const { op, span, modifiers } = operator;
  const clause = modifiers.find(({ name }) => name === 'MatchingModifierClause');
  const matching = clause === undefined ? NO_MATCHING : buildMatching(source, clause);
  const fill = modifiers.find(({ name }) => name === 'FillModifier');
  if (fill !== undefined) source.report('SRN1402', spanOf(fill), 'fill modifiers are not supported');
  if (!isBinaryOp(op)) source.report('SRN1402', span, `operator ${JSON.stringify(op)} is not supported`);
  if (left === undefined || right === undefined || matching === undefined || fill !== undefined || !isBinaryOp(op))
    return undefined;
  const bool = modifiers.some(({ name }) => name === 'BoolModifier');
  return { kind: 'binary', from: left.from, to: right.to, op, opSpan: span, bool, matching, left, right };
}

function buildMatching(source: Source, clause: SyntaxNode): Matching | undefined {
  const [word, list, side, include] = partsOf(clause);
  const labels = list === undefined ? [] : buildLabelList(source, list);
  const included = include === undefined ? [] : buildLabelList(source, include);
  if (labels === undefined || included === undefined) return undefined;
  const mode = word?.name === 'On' ? 'on' : 'ignoring';
  if (side === undefined) return { mode, labels };
  return { mode, labels, group: { side: side.name === 'GroupLeft' ? 'left' : 'right', include: included } };
}
