// Whether a gate's verdict is worth a line of its own after the one before it.
// Never words it. Called by narrator.ts; pure.
import type { VerdictReason } from '../analysis/gate.ts';
import type { VerdictRecord } from '../release/status.ts';

export function isNews(before: VerdictRecord | undefined, after: VerdictRecord): boolean {
  if (after.verdict !== 'inconclusive') return before?.verdict !== after.verdict;
  if (isExpected(after)) return false;
  if (before?.verdict !== 'inconclusive') return true;
  return lasts(after) && !(lasts(before) && before.reason === after.reason);
}

/** Every new exposure begins so; the step's own lines say it already. */
const EXPECTED: ReadonlySet<VerdictReason> = new Set([
  'LowTraffic',
  'WindowTooEarly',
  'Frozen',
  'MoreEvidence',
  'NotCompared',
]);

/** No block of a new exposure has closed yet; of a query it means that a side is empty. */
const isExpected = (verdict: VerdictRecord): boolean =>
  EXPECTED.has(verdict.reason) || (verdict.reason === 'NoData' && isComparison(verdict));

const isComparison = ({ evidence }: VerdictRecord): boolean => evidence?.kind === 'comparison';

/** Nothing that waiting for requests mends: a reader should hear of it although the gate was open before. */
const LASTING: ReadonlySet<VerdictReason> = new Set([
  'Resolution',
  'Confounded',
  'Uncovered',
  'NotMeasured',
  'Incident',
  'InternalError',
]);

const lasts = ({ reason }: VerdictRecord): boolean => LASTING.has(reason);
