// topk and bottomk: the samples of the highest or lowest values of each group, with all their labels.
// Of equal values those that come first in the vector; NaN last either way. Called by aggregate.ts.
import type { Expr } from './ast.ts';
import type { Evaluation } from './functions/function.ts';
import { ascending, descending } from './functions/sorting.ts';
import { formatGoFloat } from './go-float.ts';
import { PromqlEvaluationError, type Sample } from './value.ts';

const INT64 = 2 ** 63;

export function ranked(
  op: 'topk' | 'bottomk',
  param: Expr,
  evaluation: Evaluation,
  groups: readonly { readonly samples: Sample[] }[],
): readonly Sample[] {
  if (!evaluation.kept(param, () => asksForAny(evaluation.everyStep(param)))) return [];
  const count = Math.trunc(evaluation.scalar(param));
  if (count < 1) return [];
  const compare = op === 'topk' ? descending : ascending;
  return groups.flatMap(({ samples }) => samples.sort((a, b) => compare(a.value, b.value)).slice(0, count));
}

/** Whether any step asks for one sample at least. What is no count at any step is refused at all of them. */
function asksForAny(counts: Float64Array): boolean {
  if (counts.every((count) => count < 1)) return false;
  for (const count of counts) if (Number.isNaN(count)) throw new PromqlEvaluationError('Parameter value is NaN');
  for (const count of counts)
    if (count <= -INT64) throw new PromqlEvaluationError(`Scalar value ${formatGoFloat(count)} underflows int64`);
  for (const count of counts)
    if (count >= INT64) throw new PromqlEvaluationError(`Scalar value ${formatGoFloat(count)} overflows int64`);
  return true;
}
