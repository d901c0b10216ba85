// What is still to be done, as health checks and metrics see it: nothing while this replica does not lead.
// Never changes the loop's queue. Fed by leading.ts, read by operator.ts and telemetry.
import type { LoopState } from '../controller/loop-deps.ts';
import type { Clock } from '../lib/clock.ts';

export interface Backlog {
  depth(): ReturnType<LoopState['depth']>;
  /** How long the turn that waits longest has been due; 0 when none is. */
  oldestMs(): number;
  begins(loop: LoopState): void;
  ends(): void;
}

export function createBacklog(clock: Clock): Backlog {
  let loop: LoopState | undefined;
  return {
    depth: () => loop?.depth() ?? { waiting: 0, working: 0 },
    oldestMs() {
      const due = loop?.oldestDue();
      return due === undefined ? 0 : Math.max(0, clock.now() - due);
    },
    begins(state) {
      loop = state;
    },
    ends() {
      loop = undefined;
    },
  };
}
