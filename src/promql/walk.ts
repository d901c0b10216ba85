// One node of a syntax tree at one instant: which operator, aggregation or function answers, over what the evaluation hands it.
// Never reads series, never steps through time (pass.ts does). Called by pass.ts.
import { aggregate } from './aggregate.ts';
import type { Expr } from './ast.ts';
import { evaluateBinary } from './binary.ts';
import type { Evaluation } from './functions/function.ts';
import { functions } from './functions/table.ts';
import { renamed } from './labels.ts';
import type { Value } from './value.ts';

export function evaluated(expr: Expr, evaluation: Evaluation): Value {
  switch (expr.kind) {
    case 'number':
      return { kind: 'scalar', value: expr.value };
    case 'string':
      return { kind: 'string', value: expr.value };
    case 'paren':
      return evaluation.value(expr.expr);
    case 'vectorSelector':
      return { kind: 'vector', samples: evaluation.instant(expr).map(({ labels, value }) => ({ labels, value })) };
    case 'matrixSelector':
    case 'subquery': {
      const series = evaluation.windows(expr).map(({ labels, times, values }) => ({ labels, times, values }));
      return { kind: 'matrix', series };
    }
    case 'unary': {
      const value = evaluation.value(expr.expr);
      if (expr.op === '+') return value;
      if (value.kind === 'scalar') return { kind: 'scalar', value: -value.value };
      if (value.kind !== 'vector') throw new Error(`no sign before a ${value.kind}: trees are made by parse()`);
      return { kind: 'vector', samples: renamed(value.samples, (sample) => -sample.value, evaluation) };
    }
    case 'binary':
      return evaluateBinary(expr, evaluation);
    case 'aggregate':
      return { kind: 'vector', samples: aggregate(expr, evaluation) };
    case 'call': {
      const called = functions.get(expr.name);
      if (called === undefined) throw new Error(`no PromQL function ${expr.name}: trees are made by parse()`);
      return called.compute(expr.args, evaluation, expr);
    }
  }
}
