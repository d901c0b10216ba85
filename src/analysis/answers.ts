// The answers to a plan's queries, read with suspicion: one that is missing or an error is never a number.
// Never judges. Called by judge.ts and evidence.ts.
import type { Sample, Value } from '../promql/value.ts';
import type { Operand, QueryPlan } from './plan.ts';

export type Answer = Value | { readonly error: string };

/** By the keys of `QueryPlan.queries`; all evaluated at one instant. */
export type Answers = ReadonlyMap<string, Answer>;

/** The series of an answer; a scalar is one without labels. Nothing for an error. */
export function samplesOf(answers: Answers, operand: Operand): readonly Sample[] {
  if ('constant' in operand) return [{ labels: {}, value: operand.constant }];
  const answer = answers.get(operand.key);
  if (answer === undefined || 'error' in answer) return [];
  if (answer.kind === 'vector') return answer.samples;
  return answer.kind === 'scalar' ? [{ labels: {}, value: answer.value }] : [];
}

/** Why some answer that the verdict rests on cannot be used. */
export function failureOf(plan: QueryPlan, answers: Answers): string | undefined {
  for (const { key } of plan.queries) {
    if (key === plan.stable) continue;
    const answer = answers.get(key);
    if (answer === undefined) return `no answer to ${key}`;
    if ('error' in answer) return answer.error;
    if (answer.kind === 'matrix' || answer.kind === 'string') return `a ${answer.kind} in answer to ${key}`;
  }
  return undefined;
}

/** Whether a count of series found any. */
export const anyFound = (answers: Answers, key: string): boolean =>
  samplesOf(answers, { key }).some(({ value }) => value > 0);

/** Whether a count of series was answered, and found none. */
export function noneFound(answers: Answers, key: string): boolean {
  const answer = answers.get(key);
  return answer !== undefined && !('error' in answer) && !anyFound(answers, key);
}

export const isUsable = ({ value }: Sample): boolean => !Number.isNaN(value);
