// How a gate's numbers are put into words.
// Never judges. Called by judge.ts.
import type { Sample } from '../promql/value.ts';
import { type Answers, samplesOf } from './answers.ts';
import type { QueryPlan } from './plan.ts';

/** Four digits say enough in a sentence; the evidence has them all. */
export const shortNumber = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(Math.abs(value) >= 1000 ? 6 : 4))) : String(value);

/** `0.0213 > 0.01`, when the query is one comparison of one number with one number. */
export function oneNumber(plan: QueryPlan, answers: Answers): string | undefined {
  const [only, ...others] = plan.comparisons;
  if (only === undefined || others.length > 0) return undefined;
  const [left, ...moreLeft] = samplesOf(answers, only.left);
  const [right, ...moreRight] = samplesOf(answers, only.right);
  if (left === undefined || right === undefined || moreLeft.length + moreRight.length > 0) return undefined;
  return `${shortNumber(left.value)} ${only.op} ${shortNumber(right.value)}`;
}

/** The failing numbers, as the beginning of a sentence. */
export function comparedAs(plan: QueryPlan, answers: Answers, failing: readonly Sample[], plainly: boolean): string {
  const zero = plainly ? '' : ' (absent series counted as zero)';
  const single = oneNumber(plan, answers);
  if (single !== undefined) return `${single}${zero}`;
  const values = failing.map(({ value }) => value);
  const range = `${shortNumber(Math.min(...values))} … ${shortNumber(Math.max(...values))}`;
  const what =
    values.length === 1 ? `a series of ${shortNumber(values[0] ?? 0)}` : `${values.length} series of ${range}`;
  return `the query returns ${what}${zero}`;
}
