// The exit code that the outcome of a release leads to (design.md §10).
// Never decides an outcome. Called by rehearse, run and watch.
import type { Outcome } from '../report/release-report.ts';
import { EXIT } from './context.ts';

export const EXIT_OF: Readonly<Record<Outcome, number>> = {
  promoted: EXIT.fine,
  rolledBack: EXIT.rolledBack,
  aborted: EXIT.rolledBack,
  inconclusive: EXIT.inconclusive,
  rejected: EXIT.invalid,
};
