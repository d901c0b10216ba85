// Aggregations: many series become one per group.
// Never reads samples itself. Called by evaluate.ts.
import { NAME } from '../series/labels.ts';
import type { Labels } from '../series/series.ts';
import type { AggregateExpr, AggregateOp, Grouping } from './ast.ts';
import type { Evaluation } from './functions/function.ts';
import { keepOnly, keyOn, keyWithout, without } from './labels.ts';
import { CompensatedSum, fed, least, Mean, most, quantile, Variance } from './numbers.ts';
import type { Sample } from './value.ts';

type Fold = (values: Float64Array) => number;

/** Fed with the values of one group, at least one. */
const FOLDS: Readonly<Record<Exclude<AggregateOp, 'quantile'>, Fold>> = {
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
  const { op, param, grouping } = expr;
  const samples = evaluation.vector(expr.expr);
  if (op !== 'quantile') return fold(samples, grouping, FOLDS[op]);
  const q = param === undefined ? Number.NaN : evaluation.scalar(param);
  return fold(samples, grouping, (values) => quantile(q, values));
}

function fold(samples: readonly Sample[], grouping: Grouping, by: Fold): readonly Sample[] {
  const { key, project } = grouper(grouping);
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const { labels, value } of samples) {
    const ownKey = key(labels);
    const group = groups.get(ownKey);
    if (group === undefined) groups.set(ownKey, { labels: project(labels), values: [value] });
    else group.values.push(value);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: by(Float64Array.from(values)) }));
}

function grouper({ mode, labels }: Grouping): { key(of: Labels): string; project(of: Labels): Labels } {
  if (mode === 'by') return { key: (of) => keyOn(of, labels), project: (of) => keepOnly(of, labels) };
  const dropped = new Set([...labels, NAME]);
  return { key: (of) => keyWithout(of, dropped), project: (of) => without(of, dropped) };
}
