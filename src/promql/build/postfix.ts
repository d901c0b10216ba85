// What stands behind a selector or an expression: ranges, subqueries, `offset` and `@`.
// Never checks the type of what it stands behind beyond what Prometheus' grammar does. Called by build/expression.ts.
import type { SyntaxNode } from '@lezer/common';
import type { At, MatrixSelector, Moment, Span, SubqueryExpr, VectorSelector } from '../ast.ts';
import { formatGoFixed } from '../go-float.ts';
import { parseNumber } from '../literals.ts';
import { buildDuration, type Duration } from './duration.ts';
import { type Built, partsOf, type Source, spanOf, textOf } from './source.ts';

const UNSUPPORTED: Readonly<Record<string, string>> = { AnchoredExpr: 'anchored', SmoothedExpr: 'smoothed' };

export function buildPostfix(source: Source, expr: Built, node: SyntaxNode): Built {
  switch (node.name) {
    case 'OffsetExpr':
      return buildOffset(source, expr, node);
    case 'StepInvariantExpr':
      return buildAt(source, expr, node);
    case 'MatrixSelector':
      return buildRange(source, expr, node);
    case 'SubqueryExpr':
      return buildSubquery(source, expr, node);
    default: {
      const span = { from: behind(source, node), to: node.to };
      source.report('SRN1402', span, `the ${UNSUPPORTED[node.name]} modifier is not supported`);
      return undefined;
    }
  }
}

/** Where the postfix itself begins, after the expression and blanks. */
function behind({ text }: Source, node: SyntaxNode): number {
  const from = partsOf(node)[0]?.to ?? node.from;
  return from + (/^\s*/.exec(text.slice(from, node.to))?.[0].length ?? 0);
}

/** `expr [range]`: the range of a selector that has neither range nor offset nor @ yet. */
function buildRange(source: Source, selector: Built, node: SyntaxNode): MatrixSelector | undefined {
  const range = positiveDuration(source, partsOf(node)[1]);
  if (selector === undefined || range === undefined) return undefined;
  const refuse = (message: string, accepted?: string): undefined => {
    source.report('SRN1403', spanOf(node), message, accepted);
    return undefined;
  };
  if (selector.kind !== 'vectorSelector') return refuse('ranges only allowed for vector selectors');
  if (hasOffset(selector))
    return refuse('no offset modifiers allowed before range', 'the range first: x[5m] offset 1m');
  if (selector.at !== undefined) return refuse('no @ modifiers allowed before range', 'the range first: x[5m] @ end()');
  const rangeExpr = range.expr === undefined ? {} : { rangeExpr: range.expr };
  return { kind: 'matrixSelector', from: selector.from, to: node.to, selector, rangeMs: range.ms, ...rangeExpr };
}

/** `expr [range:step]`, of which the step may be left out. */
function buildSubquery(source: Source, expr: Built, node: SyntaxNode): SubqueryExpr | undefined {
  const [, rangeNode, stepNode] = partsOf(node);
  if (rangeNode !== undefined && !/\d/.test(textOf(source, rangeNode))) {
    // So Prometheus' scanner has it.
    const message = 'unexpected colon before duration in duration expression';
    source.report('SRN1401', spanOf(rangeNode), message, 'a range with a number in it, such as range() + 0');
    return undefined;
  }
  const range = positiveDuration(source, rangeNode);
  const step = positiveDuration(source, stepNode);
  if (stepNode !== undefined && step?.expr === undefined && step !== undefined && step.ms < 1) {
    source.report('SRN1403', spanOf(stepNode), 'the step of a subquery is too small', 'a step of at least 1ms');
    return undefined;
  }
  if (expr === undefined || range === undefined || (stepNode !== undefined && step === undefined)) return undefined;
  return {
    kind: 'subquery',
    from: expr.from,
    to: node.to,
    expr,
    rangeMs: range.ms,
    ...(range.expr === undefined ? {} : { rangeExpr: range.expr }),
    ...(step === undefined ? {} : { stepMs: step.ms }),
    ...(step?.expr === undefined ? {} : { stepExpr: step.expr }),
    offsetMs: 0,
  };
}

const positiveDuration = (source: Source, node: SyntaxNode | undefined): Duration | undefined =>
  node === undefined ? undefined : buildDuration(source, node, { negative: false });

const hasOffset = ({ offsetMs, offsetExpr }: Moment): boolean => offsetMs !== 0 || offsetExpr !== undefined;

type Moved = VectorSelector | SubqueryExpr;

/** `expr offset duration`, on an instant or a range selector or a subquery. */
function buildOffset(source: Source, expr: Built, node: SyntaxNode): Built {
  const duration = partsOf(node)[2];
  const offset = duration === undefined ? undefined : buildDuration(source, duration, { negative: true });
  if (expr === undefined || offset === undefined) return undefined;
  const offsetExpr = offset.expr === undefined ? {} : { offsetExpr: offset.expr };
  return moved(source, expr, node, 'offset modifier', (part) => {
    if (!hasOffset(part)) return { ...part, offsetMs: offset.ms, ...offsetExpr };
    source.report('SRN1403', { from: expr.from, to: node.to }, 'offset may not be set multiple times');
    return undefined;
  });
}

/** `expr @ time`, on the same. */
function buildAt(source: Source, expr: Built, node: SyntaxNode): Built {
  const time = partsOf(node)[2];
  const at = time === undefined ? undefined : buildTime(source, expr, time);
  if (expr === undefined || at === undefined) return undefined;
  return moved(source, expr, node, '@ modifier', (part) => {
    if (part.at === undefined) return { ...part, at };
    source.report('SRN1403', { from: expr.from, to: node.to }, '@ <timestamp> may not be set multiple times');
    return undefined;
  });
}

function moved(
  source: Source,
  expr: Exclude<Built, undefined>,
  { to }: Span,
  what: string,
  move: <T extends Moved>(part: T) => T | undefined,
): Built {
  if (expr.kind === 'vectorSelector' || expr.kind === 'subquery') {
    const part = move(expr);
    return part === undefined ? undefined : { ...part, to };
  }
  if (expr.kind === 'matrixSelector') {
    const selector = move(expr.selector);
    return selector === undefined ? undefined : { ...expr, to, selector };
  }
  const message = `${what} must be preceded by an instant vector selector or range vector selector or a subquery`;
  source.report('SRN1403', spanOf(expr), message);
  return undefined;
}

/** The time behind an @: seconds since the Unix epoch, to milliseconds; start() or end(). */
function buildTime(source: Source, expr: Built, node: SyntaxNode): At | undefined {
  if (node.name === 'AtModifierPreprocessors') return partsOf(node)[0]?.name === 'AtStart' ? 'start' : 'end';
  const [, sign = '', digits = ''] = /^([-+]?)(?:\s|#[^\n]*)*(.*)$/s.exec(textOf(source, node)) ?? [];
  const seconds = parseNumber(digits) ?? Number.NaN;
  const ms = Math.round((sign === '-' ? -seconds : seconds) * 1000);
  if (Number.isSafeInteger(ms)) return ms === 0 ? 0 : ms;
  const span = expr === undefined ? node : { from: expr.from, to: node.to };
  const message = `timestamp out of bounds for @ modifier: ${formatGoFixed(sign === '-' ? -seconds : seconds)}`;
  source.report('SRN1403', spanOf(span), message);
  return undefined;
}
