// Aggregations: many series become one per group (or, in ranked.ts, the first few of each).
// Never reads samples itself. Called by walk.ts.
import { NAME } from '../series/labels.ts';
import type { Labels } from '../series/series.ts';
import { type AggregateExpr, type AggregateOp, type Expr, type Grouping, unwrapped } from './ast.ts';
import type { Evaluation } from './functions/function.ts';
import { formatGoDecimal } from './go-float.ts';
import { keepOnly, keyOn, keyWithout, withLabel, without } from './labels.ts';
import { CompensatedSum, fed, least, Mean, most, quantile, Variance } from './numbers.ts';
import { ranked } from './ranked.ts';
import type { Sample } from './value.ts';

type Fold = (values: Float64Array) => number;

/** Fed with the values of one group, at least one. */
const FOLDS: Readonly<Record<Exclude<AggregateOp, 'quantile' | 'topk' | 'bottomk' | 'count_values'>, Fold>> = {
  sum: (values) => fed(new CompensatedSum(), values),
  avg: (values) => fed(new Mean(), values),
  min: least,
  max: most,
  count: (values) => values.length,
  group: () => 1,
  stddev: (values) => Math.sqrt(fed(new Variance(), values)),
  stdvar: (values) => fed(new Variance(), values),
};

export function aggregate(expr: AggregateExpr, evaluation: Evaluation): readonly Sample[] {
  const { op } = expr;
  switch (op) {
    case 'quantile':
      return quantiles(expr, evaluation);
    case 'topk':
    case 'bottomk':
      return ranked(op, parameter(expr), evaluation, grouped(expr, evaluation.vector(expr.expr), evaluation));
    case 'count_values':
      return countValues(expr, evaluation);
    default:
      return fold(expr, evaluation, FOLDS[op]);
  }
}

function parameter({ op, param }: AggregateExpr): Expr {
  if (param === undefined) throw new Error(`${op} has no parameter: trees are made by parse()`);
  return unwrapped(param);
}

function quantiles(expr: AggregateExpr, evaluation: Evaluation): readonly Sample[] {
  const groups = grouped(expr, evaluation.vector(expr.expr), evaluation);
  const q = quantileParameter(parameter(expr), evaluation);
  return groups.map(({ labels, samples }) => ({ labels, value: quantile(q, valuesOf(samples)) }));
}

/** Told of what is wrong at any step; of many steps, Prometheus names the extremes. */
function quantileParameter(param: Expr, evaluation: Evaluation): number {
  const { notes } = evaluation;
  if (notes !== undefined)
    evaluation.kept(param, () => {
      const values = evaluation.everyStep(param);
      if (values.some(Number.isNaN)) notes.invalidQuantile(Number.NaN, param);
      else for (const q of [Math.max(1, most(values)), Math.min(0, least(values))]) notes.invalidQuantile(q, param);
      return true;
    });
  return evaluation.scalar(param);
}

interface Group {
  readonly labels: Labels;
  readonly samples: Sample[];
}

interface Grouper {
  readonly key: (of: Labels) => string;
  readonly project: (of: Labels) => Labels;
}

const grouperOf = (expr: AggregateExpr, evaluation: Evaluation): Grouper =>
  evaluation.kept(expr, () => {
    const { key, project } = grouper(expr.grouping);
    return { key: evaluation.perSeries(key), project: evaluation.perSeries(project) };
  });

function grouped(expr: AggregateExpr, samples: readonly Sample[], evaluation: Evaluation): readonly Group[] {
  const { key, project } = grouperOf(expr, evaluation);
  const groups = new Map<string, Group>();
  for (const sample of samples) {
    const ownKey = key(sample.labels);
    const group = groups.get(ownKey);
    if (group === undefined) groups.set(ownKey, { labels: project(sample.labels), samples: [sample] });
    else group.samples.push(sample);
  }
  return [...groups.values()];
}

const fold = (expr: AggregateExpr, evaluation: Evaluation, by: Fold): readonly Sample[] =>
  grouped(expr, evaluation.vector(expr.expr), evaluation).map(({ labels, samples }) => ({
    labels,
    value: by(valuesOf(samples)),
  }));

// Float64Array.from takes ten times as long.
function valuesOf(samples: readonly Sample[]): Float64Array {
  const values = new Float64Array(samples.length);
  for (const [index, { value }] of samples.entries()) values[index] = value;
  return values;
}

function grouper({ mode, labels }: Grouping): Grouper {
  if (mode === 'by') return { key: (of) => keyOn(of, labels), project: (of) => keepOnly(of, labels) };
  const dropped = new Set([...labels, NAME]);
  return { key: (of) => keyWithout(of, dropped), project: (of) => without(of, dropped) };
}

/** How many series have each value, which becomes a label. */
function countValues(expr: AggregateExpr, evaluation: Evaluation): readonly Sample[] {
  const name = parameter(expr);
  if (name.kind !== 'string') throw new Error('count_values without a label: trees are made by parse()');
  const { mode, labels } = expr.grouping;
  const { key, project } = grouper(mode === 'by' ? { mode, labels: [...labels, name.value] } : expr.grouping);
  const counts = new Map<string, { labels: Labels; value: number }>();
  for (const sample of evaluation.vector(expr.expr)) {
    const labelled = withLabel(sample.labels, name.value, formatGoDecimal(sample.value));
    const ownKey = key(labelled);
    const count = counts.get(ownKey) ?? { labels: project(labelled), value: 0 };
    count.value += 1;
    counts.set(ownKey, count);
  }
  return [...counts.values()];
}
