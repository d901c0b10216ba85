// The progress line's numbers, from the last turn.
// Never reads samples or objects again. Called by rehearsal and run a few times a second; pure.
import type { TurnReport } from '../controller/deps.ts';
import { stepLabel } from '../release/plan.ts';
import { isActive } from '../release/status.ts';
import type { Progress } from '../report/input.ts';
import type { UsersReport } from '../report/release-report.ts';
import { waitingFor } from './waiting.ts';

export function progressOf(
  { after, decisions, input }: TurnReport,
  at: number,
  users?: UsersReport,
): Progress | undefined {
  if (input === undefined || !isActive(after)) return undefined;
  const step = input.plan.steps[after.step.index];
  if (step === undefined) return undefined;
  const seconds = (2 * input.settings.scrapeIntervalMs) / 1000;
  const waiting = waitingFor(decisions.at(-1), after, input.plan.minRequests);
  const phase =
    after.phase === 'Running' ? stepLabel(step) : after.phase === 'RollingBack' ? 'rolling back' : 'clean-up';
  const stepping = after.phase === 'Running' && after.step.arrivedAt !== undefined;
  return {
    at,
    step: phase,
    number: after.step.index + 1,
    of: input.plan.steps.length,
    ...(stepping ? { stepMs: after.clock.stepMs, atLeastMs: step.atLeastMs } : {}),
    ...(waiting === undefined ? {} : { waitingFor: waiting }),
    stableRate: input.traffic.stable.recent / seconds,
    canaryRate: input.traffic.canary.recent / seconds,
    ...(users === undefined ? {} : { users: { requests: users.requests, failed: users.failed } }),
  };
}
