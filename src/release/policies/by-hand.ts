// Policy 2b: a person has ordered the promotion of this revision → remembered at once, for good: 12, 13 and 14 wait no more.
// Never skips a protection, a routing change or its confirmation.
import type { Policy } from './policy.ts';

export const byHand: Policy = {
  name: 'byHand',
  speak: ({ orders, status }) => {
    const { promoted } = orders;
    if (promoted === undefined || status.byHand !== undefined || status.phase !== 'Running') return undefined;
    if (promoted.revision !== status.accepted.versions.canary.revision) return undefined;
    const message = `promoted by hand: ${promoted.reason}`;
    return { kind: 'byHand', why: promoted.reason, reason: 'PromoteByHand', message };
  },
};
