// Evaluates a checked syntax tree at one instant over a reader of series, with Prometheus 3's semantics.
// Throws PromqlEvaluationError when the samples do not allow an operation, and nothing else of its own.
// Called by metrics (instant queries) and analysis (gates and their operands).
import type { Millis } from '../lib/clock.ts';
import type { SeriesReader } from '../series/series.ts';
import { aggregate } from './aggregate.ts';
import type { Expr } from './ast.ts';
import { evaluateBinary } from './binary.ts';
import type { Evaluation } from './functions/function.ts';
import { functions } from './functions/table.ts';
import { renamed } from './labels.ts';
import { selectInstant, selectWindows } from './select.ts';
import type { Value } from './value.ts';

/** Prometheus' default: how long a series counts as present after its last sample. */
export const DEFAULT_LOOKBACK_MS = 5 * 60_000;

export interface EvaluateOptions {
  /** How far instant selectors look back for a series' newest sample, milliseconds. */
  readonly lookbackMs?: number;
}

/** The value of an expression made by parse() at the instant `at`. */
export function evaluate(expr: Expr, reader: SeriesReader, at: Millis, options: EvaluateOptions = {}): Value {
  const { lookbackMs = DEFAULT_LOOKBACK_MS } = options;
  const evaluation: Evaluation = {
    at,
    reader,
    lookbackMs,
    value: (inner) => evaluated(inner, evaluation),
    vector(inner) {
      const value = evaluated(inner, evaluation);
      if (value.kind !== 'vector')
        throw new Error(`an instant vector was due, not a ${value.kind}: trees are made by parse()`);
      return value.samples;
    },
    scalar(inner) {
      const value = evaluated(inner, evaluation);
      if (value.kind !== 'scalar') throw new Error(`a scalar was due, not a ${value.kind}: trees are made by parse()`);
      return value.value;
    },
    instant: (selector) => selectInstant(reader, selector, at, lookbackMs),
    windows: (selector) => selectWindows(reader, selector, at),
  };
  return evaluated(expr, evaluation);
}

function evaluated(expr: Expr, evaluation: Evaluation): Value {
  switch (expr.kind) {
    case 'number':
      return { kind: 'scalar', value: expr.value };
    case 'string':
      return { kind: 'string', value: expr.value };
    case 'paren':
      return evaluated(expr.expr, evaluation);
    case 'vectorSelector':
      return { kind: 'vector', samples: evaluation.instant(expr).map(({ labels, value }) => ({ labels, value })) };
    case 'matrixSelector': {
      const series = evaluation.windows(expr).map(({ labels, times, values }) => ({ labels, times, values }));
      return { kind: 'matrix', series };
    }
    case 'unary': {
      const value = evaluated(expr.expr, evaluation);
      if (expr.op === '+') return value;
      if (value.kind === 'scalar') return { kind: 'scalar', value: -value.value };
      if (value.kind !== 'vector') throw new Error(`no sign before a ${value.kind}: trees are made by parse()`);
      return { kind: 'vector', samples: renamed(value.samples, (sample) => -sample.value) };
    }
    case 'binary':
      return evaluateBinary(expr, evaluation);
    case 'aggregate':
      return { kind: 'vector', samples: aggregate(expr, evaluation) };
    case 'call': {
      const called = functions.get(expr.name);
      if (called === undefined) throw new Error(`no PromQL function ${expr.name}: trees are made by parse()`);
      return called.compute(expr.args, evaluation);
    }
  }
}
