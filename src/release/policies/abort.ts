// Policy 2: the user asked for it, or the release is being deleted, or nobody waits any longer → roll back.
// Never asks why.
import { formatDuration } from '../../lib/duration.ts';
import { fromTime } from '../../lib/time.ts';
import type { Facts } from '../facts.ts';
import type { Policy } from './policy.ts';

export const abort: Policy = {
  name: 'abort',
  speak: (facts) => {
    const { orders } = facts;
    if (orders.deleting)
      return { kind: 'rollBack', outcome: 'aborted', reason: 'Deleted', message: 'the release is being deleted' };
    if (orders.aborted)
      return { kind: 'rollBack', outcome: 'aborted', reason: 'Aborted', message: 'abort was asked for' };
    if (orders.expired)
      return { kind: 'rollBack', outcome: 'inconclusive', reason: 'WaitedTooLong', message: waitedFor(facts) };
    return undefined;
  },
};

/** What was missing is what people must know: the hold's own words, as of the last turn. */
function waitedFor({ status: { holding }, now }: Facts): string {
  if (holding === undefined) return 'held longer than anybody waits';
  return `held for ${formatDuration(now - fromTime(holding.since))}, longer than anybody waits: ${holding.message}`;
}
