// Policy 2: the user asked for it, or the release is being deleted, or nobody waits any longer → roll back.
// Never asks why.
import type { Policy } from './policy.ts';

export const abort: Policy = {
  name: 'abort',
  speak: ({ orders }) => {
    if (orders.deleting)
      return { kind: 'rollBack', outcome: 'aborted', reason: 'Deleted', message: 'the release is being deleted' };
    if (orders.aborted)
      return { kind: 'rollBack', outcome: 'aborted', reason: 'Aborted', message: 'abort was asked for' };
    if (orders.expired) {
      return {
        kind: 'rollBack',
        outcome: 'inconclusive',
        reason: 'WaitedTooLong',
        message: 'held longer than anybody waits',
      };
    }
    return undefined;
  },
};
