// What a query reads: its selectors with their windows, and rewriting them (the analysis room's $canary and $stable).
// Never evaluates. Called by analysis, lint and metrics.
import { type At, children, type Expr, type Moment, mapParts, type VectorSelector } from './ast.ts';

export interface SelectorUse {
  readonly selector: VectorSelector;
  /** The length of the range, milliseconds; undefined for an instant selector. */
  readonly rangeMs: number | undefined;
  /** The lengths of the subqueries around it together, milliseconds: how much further back it is asked, step by step. */
  readonly steppedMs: number;
  /** How far back its newest sample may lie, milliseconds; negative: ahead of the evaluation. Counts from `at`, if given. */
  readonly offsetMs: number;
  /** The moment that an `@`, its own or a subquery's around it, fixes. */
  readonly at?: At;
}

/** The subqueries around a selector, as far as an `@` does not make them irrelevant. */
type Around = Pick<SelectorUse, 'steppedMs' | 'offsetMs' | 'at'>;

const NOTHING_AROUND: Around = { steppedMs: 0, offsetMs: 0 };

/** Every selector of the expression, in the order of the text. */
export const selectorsOf = (expr: Expr): readonly SelectorUse[] =>
  usesIn(expr, NOTHING_AROUND).toSorted((a, b) => a.selector.from - b.selector.from);

function usesIn(expr: Expr, around: Around): readonly SelectorUse[] {
  switch (expr.kind) {
    case 'vectorSelector':
      return [{ selector: expr, rangeMs: undefined, ...within(around, expr) }];
    case 'matrixSelector':
      return [{ selector: expr.selector, rangeMs: expr.rangeMs, ...within(around, expr.selector) }];
    case 'subquery': {
      const inside = within(around, expr);
      return usesIn(expr.expr, { ...inside, steppedMs: inside.steppedMs + expr.rangeMs });
    }
    default:
      return children(expr).flatMap((child) => usesIn(child, around));
  }
}

/** An `@` counts from its own moment, wherever the subqueries around it stand. */
const within = (around: Around, { at, offsetMs }: Moment): Around =>
  at === undefined ? { ...around, offsetMs: around.offsetMs + offsetMs } : { steppedMs: 0, offsetMs, at };

/**
 * How far back the expression looks at most, milliseconds: the largest range + offset, with those of the subqueries
 * around it. An instant selector counts with `instantMs`: 0 when its one newest sample is meant, the look-back when all
 * samples that may be read are. What an `@` fixes counts from there.
 */
export function widestWindow(expr: Expr, { instantMs = 0 }: { readonly instantMs?: number } = {}): number {
  return selectorsOf(expr).reduce(
    (widest, { rangeMs = instantMs, steppedMs, offsetMs }) => Math.max(widest, rangeMs + steppedMs + offsetMs),
    0,
  );
}

/** The same expression with every selector replaced by what `fn` makes of it; offsets still point into the old text. */
export function transform(expr: Expr, fn: (selector: VectorSelector) => VectorSelector): Expr {
  if (expr.kind === 'vectorSelector') return fn(expr);
  if (expr.kind === 'matrixSelector') return { ...expr, selector: fn(expr.selector) };
  return mapParts(expr, (part) => transform(part, fn));
}
