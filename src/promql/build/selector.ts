// Selectors: metric name, label matchers, and the ranges and offsets behind them.
// Never checks a selector's meaning as a whole (check.ts does). Called by build/expression.ts.
import type { SyntaxNode } from '@lezer/common';
import { NAME } from '../../series/labels.ts';
import { compileRegex } from '../../series/matchers.ts';
import type { Matcher, MatchOp } from '../../series/series.ts';
import type { MatrixSelector, Span, VectorSelector } from '../ast.ts';
import { LONGEST_SECONDS, parseNumber, unquote } from '../literals.ts';
import { type Built, partsOf, type Source, spanOf, textOf } from './source.ts';

export function buildSelector(source: Source, node: SyntaxNode): VectorSelector | undefined {
  const matchers: Matcher[] = [];
  let whole = true;
  for (const part of partsOf(node)) {
    if (part.name === 'Identifier') matchers.push({ name: NAME, op: '=', value: textOf(source, part) });
    else
      for (const entry of partsOf(part)) {
        const matcher = buildMatcher(source, entry);
        if (matcher === undefined) whole = false;
        else matchers.push(matcher);
      }
  }
  if (!whole) return undefined;
  const named = nameOutsideBraces(node) !== null;
  const repeated = matchers.findIndex((matcher, index) => index > 0 && matcher.name === NAME);
  if (named && repeated > 0) {
    const names = [matchers[0], matchers[repeated]].map((matcher) => JSON.stringify(matcher?.value));
    source.report('SRN1403', spanOf(node), `metric name must not be set twice: ${names.join(' or ')}`);
    return undefined;
  }
  return { kind: 'vectorSelector', ...spanOf(node), matchers: nameFirst(matchers), offsetMs: 0 };
}

const nameOutsideBraces = (node: SyntaxNode): SyntaxNode | null => node.getChild('Identifier');

function nameFirst(matchers: readonly Matcher[]): readonly Matcher[] {
  const at = matchers.findIndex(({ name, op }) => name === NAME && op === '=');
  const name = matchers[at];
  return name === undefined ? matchers : [name, ...matchers.toSpliced(at, 1)];
}

function buildMatcher(source: Source, node: SyntaxNode): Matcher | undefined {
  const [label, operator, literal] = partsOf(node);
  if (label === undefined) throw new Error('the PromQL grammar has changed: a label matcher needs a label');
  if (node.name === 'QuotedLabelName') {
    const value = buildString(source, label);
    return value === undefined ? undefined : { name: NAME, op: '=', value };
  }
  if (operator === undefined || literal === undefined)
    throw new Error('the PromQL grammar has changed: a label matcher needs three parts');
  const name = buildLabelName(source, label);
  const value = buildString(source, literal);
  if (name === undefined || value === undefined) return undefined;
  const op = textOf(source, operator) as MatchOp;
  if ((op === '=~' || op === '!~') && !regexIsValid(source, value, literal)) return undefined;
  return { name, op, value };
}

export function regexIsValid(source: Source, pattern: string, span: Span): boolean {
  const compiled = compileRegex(pattern);
  if (compiled.ok) return true;
  for (const { message, accepted } of compiled.problems) source.report('SRN1401', spanOf(span), message, accepted);
  return false;
}

/** A label's name, bare or quoted. */
export function buildLabelName(source: Source, node: SyntaxNode): string | undefined {
  if (node.name === 'LabelName') return textOf(source, node);
  const name = buildString(source, node.name === 'QuotedLabelName' ? (node.firstChild ?? node) : node);
  if (name !== '') return name;
  source.report('SRN1401', spanOf(node), 'invalid label name: ""', 'a name that is not empty');
  return undefined;
}

export function buildString(source: Source, node: SyntaxNode): string | undefined {
  const unquoted = unquote(textOf(source, node));
  if (unquoted.ok) return unquoted.value;
  const from = node.from + unquoted.offset;
  source.report('SRN1401', { from, to: Math.min(from + 2, node.to) }, unquoted.message);
  return undefined;
}

/** `expr [range]`: the range of a selector that has neither range nor offset yet. */
export function buildRange(source: Source, selector: Built, node: SyntaxNode): MatrixSelector | undefined {
  const range = partsOf(node)[1];
  const ms = range === undefined ? undefined : buildDuration(source, range);
  if (selector === undefined || ms === undefined || range === undefined) return undefined;
  if (selector.kind !== 'vectorSelector') {
    source.report('SRN1403', spanOf(node), 'ranges only allowed for vector selectors');
    return undefined;
  }
  if (selector.offsetMs !== 0) {
    source.report(
      'SRN1403',
      spanOf(node),
      'no offset modifiers allowed before range',
      'the range first: x[5m] offset 1m',
    );
    return undefined;
  }
  if (ms <= 0) {
    source.report('SRN1403', spanOf(range), 'duration must be greater than 0');
    return undefined;
  }
  return { kind: 'matrixSelector', from: selector.from, to: node.to, selector, rangeMs: ms };
}

/** `expr offset duration`, on an instant or a range selector. */
export function buildOffset(source: Source, expr: Built, node: SyntaxNode): Built {
  const duration = partsOf(node)[2];
  const offsetMs = duration === undefined ? undefined : buildDuration(source, duration);
  if (expr === undefined || offsetMs === undefined) return undefined;
  const { kind, from } = expr;
  if (kind !== 'vectorSelector' && kind !== 'matrixSelector') {
    const message =
      'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery';
    source.report('SRN1403', spanOf(expr), message);
    return undefined;
  }
  const selector = kind === 'vectorSelector' ? expr : expr.selector;
  if (selector.offsetMs !== 0) {
    source.report('SRN1403', { from, to: node.to }, 'offset may not be set multiple times');
    return undefined;
  }
  const moved = { ...selector, offsetMs };
  return kind === 'vectorSelector' ? { ...moved, to: node.to } : { ...expr, to: node.to, selector: moved };
}

/** A duration literal, with a sign or without, in milliseconds. Arithmetic on durations is an experiment of Prometheus. */
function buildDuration(source: Source, node: SyntaxNode): number | undefined {
  const parts = partsOf(node);
  const [first, second] = parts;
  if (first?.name === 'NumberDurationLiteralInDurationContext' && parts.length === 1)
    return durationLiteral(source, first);
  if (first?.name === 'UnaryOp' && second !== undefined) {
    const ms = buildDuration(source, second);
    return ms === undefined ? undefined : textOf(source, first) === '-' && ms !== 0 ? -ms : ms;
  }
  const message = 'duration expressions are not supported (Prometheus has them as an experiment)';
  source.report('SRN1402', spanOf(node), message, 'a duration such as 5m');
  return undefined;
}

function durationLiteral(source: Source, node: Span): number | undefined {
  const seconds = parseNumber(textOf(source, node));
  if (seconds !== undefined && seconds <= LONGEST_SECONDS) return Math.round(seconds * 1e9) / 1e6;
  source.report('SRN1401', spanOf(node), 'duration out of range', 'a duration of at most 292 years');
  return undefined;
}
