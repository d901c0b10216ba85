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
const isExpected = ({ reason, evidence }: VerdictRecord): boolean =>
  EXPECTED.has(reason) || (reason === 'NoData' && evidence?.kind === 'comparison' && evidence.requests.canary === 0);

/** Nothing that waiting for requests mends: a reader should hear of it although the gate was open before. */
const LASTING: ReadonlySet<VerdictReason> = new Set([
  'Resolution',
  'Confounded',
  'Uncovered',
  'NotMeasured',
  'Incident',
  'InternalError',
]);

/** A comparison that had begun and has no data now: its blocks are faulty. */
const lasts = ({ reason, evidence }: VerdictRecord): boolean =>
  LASTING.has(reason) || (reason === 'NoData' && evidence?.kind === 'comparison' && evidence.requests.canary > 0);
