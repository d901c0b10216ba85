// The orderly end of a running process: preStop, SIGTERM to its group, the grace period, SIGKILL.
// Never marks the pod (pod.ts has done that before). Called by pod.ts. Source: Kubernetes, termination of pods.
import type { Container, LifecycleHandler } from '../api/kubernetes.ts';
import type { Clock } from '../lib/clock.ts';
import type { Deadline } from './deadline.ts';
import { attempt, type Target } from './probe.ts';
import type { Exit, RunningProcess } from './process.ts';

export interface TerminationOptions {
  readonly container: Container;
  readonly target: Target;
  readonly clock: Clock;
  /** For preStop and SIGTERM together, and for whatever was waited for before. */
  readonly deadline: Deadline;
  readonly onTrouble: (message: string) => void;
}

/** Even when what comes before has used up the grace, the process gets this long after SIGTERM, as on Kubernetes. */
const LEAST_AFTER_PRE_STOP_MS = 2000;

/** What waiting before `endGracefully` must leave of the grace period, so that preStop runs and SIGTERM is heard. */
export const reserveOf = (graceMs: number): number => Math.min(graceMs / 2, LEAST_AFTER_PRE_STOP_MS);

export async function endGracefully(running: RunningProcess, options: TerminationOptions): Promise<Exit> {
  const { clock, deadline } = options;
  const { preStop, stopSignal = 'SIGTERM' } = options.container.lifecycle ?? {};
  const over = new AbortController();
  const ended = running.ended.finally(() => over.abort());
  if (preStop !== undefined && deadline.left() > 0) await runPreStop(preStop, options, over.signal);
  const told = clock.now();
  running.signal(stopSignal as NodeJS.Signals);
  await deadline.passed(over.signal);
  const least = preStop === undefined ? 0 : Math.min(deadline.graceMs, LEAST_AFTER_PRE_STOP_MS);
  await clock.sleep(Math.max(0, told + least - clock.now()), over.signal);
  running.signal('SIGKILL');
  return ended;
}

async function runPreStop(handler: LifecycleHandler, options: TerminationOptions, over: AbortSignal): Promise<void> {
  const { clock, deadline } = options;
  const late = new AbortController();
  const done = new AbortController();
  void deadline.passed(done.signal).then(() => late.abort());
  const signal = AbortSignal.any([over, late.signal]);
  if (handler.sleep !== undefined) await clock.sleep(handler.sleep.seconds * 1000, signal);
  else {
    const outcome = await attempt(handler, options.target, deadline.left(), signal);
    if (outcome.kind === 'unhealthy') options.onTrouble(`preStop failed: ${outcome.message}`);
  }
  done.abort();
}
