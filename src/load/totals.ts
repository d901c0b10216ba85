// Counts answers as they come in. Never keeps them. Called by load.ts.
import { ANSWER_ERRORS, type Answer, type AnswerError, isFailed, type NotSent, type Totals } from './answer.ts';

export interface TotalsCounter {
  add(answers: readonly Answer[], counts: { readonly sent: number; readonly notSent: NotSent }): void;
  totals(): Totals;
}

export function countTotals(): TotalsCounter {
  const codes: Record<number, number> = {};
  const errors = Object.fromEntries(ANSWER_ERRORS.map((error) => [error, 0])) as Record<AnswerError, number>;
  let sent = 0;
  let notSent: NotSent = { tooManyOpen: 0, tooLate: 0 };
  let answered = 0;
  let failed = 0;

  return {
    add(answers, counts) {
      sent = counts.sent;
      notSent = counts.notSent;
      answered += answers.length;
      for (const { outcome } of answers) {
        if (isFailed(outcome)) failed += 1;
        if (outcome.kind === 'error') errors[outcome.error] += 1;
        else codes[outcome.code] = (codes[outcome.code] ?? 0) + 1;
      }
    },
    totals: () => ({
      planned: sent + notSent.tooManyOpen + notSent.tooLate,
      sent,
      notSent,
      answered,
      open: sent - answered,
      codes: { ...codes },
      errors: { ...errors },
      failed,
    }),
  };
}
