// The order of an instant vector's samples: by value or by labels. A range query's result is ordered by labels anyway.
// Never changes a sample. Called through functions/table.ts.
import { labelValue } from '../../series/labels.ts';
import type { Expr, Span } from '../ast.ts';
import { compareLabels } from '../labels.ts';
import type { Sample, Value } from '../value.ts';
import type { Evaluation, PromqlFunction } from './function.ts';
import { naturalOrder } from './natural-order.ts';
import { argument, stringArgument, vector } from './shapes.ts';

type Order = (a: Sample, b: Sample) => number;

function sorted(args: readonly Expr[], evaluation: Evaluation, call: Span, order: Order): Value {
  const samples = evaluation.vector(argument(args, 0));
  if (evaluation.stepped) evaluation.notes?.sortInRange(call);
  return vector(samples.toSorted(order));
}

/** Least first, NaN last. */
export const ascending = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a < b ? -1 : Number(a > b);

/** Greatest first, NaN last. */
export const descending = (a: number, b: number): number => ascending(-a, -b);

const byValue = (compare: (a: number, b: number) => number): PromqlFunction => ({
  args: ['vector'],
  returns: 'vector',
  compute: (args, evaluation, call) => sorted(args, evaluation, call, (a, b) => compare(a.value, b.value)),
});

export const sort = byValue(ascending);
export const sortDesc = byValue(descending);

/** By the labels named, with numbers in them by their size; then by all labels. */
const byLabel = (sign: 1 | -1): PromqlFunction => ({
  args: ['vector', 'string'],
  variadic: true,
  returns: 'vector',
  compute(args, evaluation, call) {
    const names = args.slice(1).map((_, index) => stringArgument(args, index + 1));
    const order: Order = ({ labels: a }, { labels: b }) => {
      for (const name of names) {
        const [left, right] = [labelValue(a, name), labelValue(b, name)];
        if (left !== right) return sign * naturalOrder(left, right);
      }
      return sign * compareLabels(a, b);
    };
    return sorted(args, evaluation, call, order);
  },
});

export const sortByLabel = byLabel(1);
export const sortByLabelDesc = byLabel(-1);
