// topk and bottomk: the samples of the highest or lowest values of each group, with all their labels.
// Which of equal values are kept is up to the heap, as in Prometheus; NaN comes last either way. Called by aggregate.ts.
import type { Expr } from './ast.ts';
import type { Evaluation } from './functions/function.ts';
import { ascending, descending } from './functions/sorting.ts';
import { formatGoFloat } from './go-float.ts';
import { Heap } from './heap.ts';
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
  const sign = op === 'topk' ? 1 : -1;
  return groups.flatMap(({ samples }) => highest(samples, count, sign));
}

/** In order, the highest first; with a sign of −1 the lowest. */
function highest(samples: readonly Sample[], count: number, sign: 1 | -1): readonly Sample[] {
  const isWorse = ({ value: a }: Sample, { value: b }: Sample): boolean =>
    Number.isNaN(a) || (sign === 1 ? a < b : a > b);
  const best = new Heap(isWorse);
  for (const sample of samples) {
    const worst = best.top;
    if (worst === undefined || best.size < count) best.push(sample);
    else if (isWorse(worst, sample) && !(Number.isNaN(worst.value) && Number.isNaN(sample.value)))
      best.replaceTop(sample);
  }
  return best.items.toSorted(({ value: a }, { value: b }) => (sign === 1 ? descending(a, b) : ascending(a, b)));
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
