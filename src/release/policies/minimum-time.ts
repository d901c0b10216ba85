// Policy 12: the step has not lasted its minimum yet, counting only time with fresh samples → wait.
// Never for a release that is promoted by hand.
import { formatDuration } from '../../lib/duration.ts';
import { type Policy, wait } from './policy.ts';

export const minimumTime: Policy = {
  name: 'minimumTime',
  speak: ({ status, arrived, stepMs, step, label }) => {
    if (status.phase !== 'Running' || status.byHand !== undefined || !arrived || stepMs >= step.atLeastMs)
      return undefined;
    return wait('MinimumTime', `${label}: ${formatDuration(stepMs)} of at least ${formatDuration(step.atLeastMs)}`);
  },
};
