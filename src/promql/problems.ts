// Problems of a query's text: catalogue problems that also carry their offsets; line and column follow from those.
// Never decides what is wrong. Called by every file of this room that reads text.
import type { Code } from '../lib/catalogue.ts';
import type { Problem } from '../lib/problem.ts';
import type { Span } from './ast.ts';

export type PromqlCode = Extract<Code, 'SRN1401' | 'SRN1402' | 'SRN1403'>;

/** `place.line` and `place.column` are 1-based; the column counts UTF-16 code units, as editors do. */
export interface PromqlProblem extends Problem, Span {
  readonly code: PromqlCode;
}

export type Report = (code: PromqlCode, span: Span, message: string, accepted?: string) => void;

/** Long pieces of a query are shortened where a problem quotes them. */
const LONGEST_QUOTE = 60;

export function problemAt(
  text: string,
  code: PromqlCode,
  span: Span,
  message: string,
  accepted?: string,
): PromqlProblem {
  const before = text.slice(0, span.from);
  const piece = text.slice(span.from, span.to);
  return {
    code,
    from: span.from,
    to: span.to,
    place: { line: before.split('\n').length, column: span.from - before.lastIndexOf('\n') },
    message,
    ...(piece.trim() === '' ? {} : { found: shortened(piece) }),
    ...(accepted === undefined ? {} : { accepted }),
  };
}

const shortened = (piece: string): string =>
  piece.length <= LONGEST_QUOTE ? piece : `${piece.slice(0, LONGEST_QUOTE - 1)}…`;
