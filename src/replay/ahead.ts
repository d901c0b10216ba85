// Instant queries at known times, answered from one range query each: the same answers, with the samples read once.
// Never answers what a range query would answer otherwise: such a query is asked instant by instant. Called by replay.ts.
import type { Millis } from '../lib/clock.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { children, type Expr, type VectorSelector } from '../promql/ast.ts';
import { typeOf } from '../promql/check.ts';
import { evaluateRange, type Steps } from '../promql/range.ts';
import { PromqlEvaluationError, type Sample, type Value } from '../promql/value.ts';
import type { SeriesReader } from '../series/series.ts';

/** `source` over `reader`, for one who will ask the same queries at each step; other times are asked of the source. */
export function askedAhead(source: MetricsSource, reader: SeriesReader, steps: Steps): MetricsSource {
  const asked = new Map<Expr, readonly Value[] | undefined>();
  const answersTo = (expr: Expr): readonly Value[] | undefined => {
    if (!asked.has(expr)) asked.set(expr, answers(expr, reader, steps));
    return asked.get(expr);
  };
  return {
    ...source,
    instant: async (expr, at) => {
      const index = indexOf(at, steps);
      const ahead = index === undefined ? undefined : answersTo(expr)?.[index];
      return ahead ?? source.instant(expr, at);
    },
  };
}

function indexOf(at: Millis, { startMs, endMs, stepMs }: Steps): number | undefined {
  const index = (at - startMs) / stepMs;
  return Number.isInteger(index) && at >= startMs && at <= endMs ? index : undefined;
}

/** By step; undefined where instants have to be asked one by one, since what goes wrong goes wrong at some of them. */
function answers(expr: Expr, reader: SeriesReader, steps: Steps): readonly Value[] | undefined {
  if (typeOf(expr) !== 'vector' || !isSameOverRange(expr)) return undefined;
  let doubtful = false;
  const vectors = Array.from(
    { length: Math.floor((steps.endMs - steps.startMs) / steps.stepMs) + 1 },
    (): Sample[] => [],
  );
  try {
    const note = ({ level }: { readonly level: string }) => {
      doubtful ||= level === 'warning';
    };
    for (const { labels, times, values } of evaluateRange(expr, reader, steps, { note }).series)
      for (let index = 0; index < times.length; index++)
        vectors[((times[index] as number) - steps.startMs) / steps.stepMs]?.push({
          labels,
          value: values[index] as number,
        });
  } catch (error) {
    if (error instanceof PromqlEvaluationError) return undefined;
    throw error;
  }
  return doubtful ? undefined : vectors.map((samples) => ({ kind: 'vector', samples }));
}

/** What means the range itself in a range query, and the instant in an instant one. */
const OF_THE_RANGE = ['start', 'end', 'step', 'range'];

function isSameOverRange(expr: Expr): boolean {
  switch (expr.kind) {
    case 'subquery':
      return false;
    case 'vectorSelector':
      return isPlain(expr);
    case 'matrixSelector':
      return isPlain(expr.selector) && expr.rangeExpr === undefined;
    case 'call':
      return !OF_THE_RANGE.includes(expr.name) && children(expr).every(isSameOverRange);
    default:
      return children(expr).every(isSameOverRange);
  }
}

const isPlain = ({ at, offsetExpr }: VectorSelector): boolean => at === undefined && offsetExpr === undefined;
