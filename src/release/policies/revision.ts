// Policy 3: the canary's revision changed → take traffic away, then begin a new attempt with the new revision.
// Never carries evidence over: it belongs to the old revision.
import { proofOf } from '../drain.ts';
import type { Policy } from './policy.ts';
import { withdraw } from './withdrawal.ts';

export const revision: Policy = {
  name: 'revision',
  speak: (facts) => {
    const { status, versions } = facts;
    const known = status.accepted.versions.canary.revision;
    if (status.restarting !== undefined) {
      const now = versions.canary.found ? versions.canary.revision : status.restarting.revision;
      // What stays unseen for longer than any drain is waited for keeps the new attempt from exposing anything, not from beginning.
      return withdraw(facts, proofOf(facts)) ?? newAttempt(now, status.attempt + 1);
    }
    if (!versions.canary.found || versions.canary.revision === known) return undefined;
    const revisionNow = versions.canary.revision;
    const message = `the canary changed from ${known} to ${revisionNow}: traffic is taken away, then a new attempt begins`;
    return { kind: 'restart', revision: revisionNow, reason: 'RevisionChanged', message };
  },
};

const newAttempt = (to: string, attempt: number) =>
  ({
    kind: 'newAttempt',
    revision: to,
    reason: 'NewAttempt',
    message: `attempt ${attempt} with revision ${to}`,
  }) as const;
