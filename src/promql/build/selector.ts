// Selectors: metric name and label matchers.
// Never checks a selector's meaning as a whole (check.ts does). Called by build/expression.ts.
import type { SyntaxNode } from '@lezer/common';
import { NAME } from '../../series/labels.ts';
import { compileRegex } from '../../series/matchers.ts';
import type { Matcher, MatchOp } from '../../series/series.ts';
import type { Span, VectorSelector } from '../ast.ts';
import { unquote } from '../literals.ts';
import { partsOf, type Source, spanOf, textOf } from './source.ts';

export function buildSelector(source: Source, node: SyntaxNode): VectorSelector | undefined {
  const word = nameOutsideBraces(node);
  // Of the language's words, this is the one that the grammar takes for a name and Prometheus does not.
  if (word !== null && /^atan2$/i.test(textOf(source, word))) {
    source.report('SRN1401', spanOf(word), `unexpected "${textOf(source, word)}"`, 'a name in quotes: {"atan2"}');
    return undefined;
  }
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
  const repeated = matchers.findIndex((matcher, index) => index > 0 && matcher.name === NAME);
  if (word !== null && repeated > 0) {
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
