// The orderly end of a running process: preStop, SIGTERM to its group, the grace period, SIGKILL.
// Never marks the pod (pod.ts has done that before). Called by pod.ts. Source: Kubernetes, termination of pods.
import type { Container, LifecycleHandler } from '../api/kubernetes.ts';
import type { Clock } from '../lib/clock.ts';
import { attempt, type Target } from './probe.ts';
import type { Exit, RunningProcess } from './process.ts';

export interface TerminationOptions {
  readonly container: Container;
  readonly target: Target;
  readonly clock: Clock;
  /** For preStop and SIGTERM together. */
  readonly graceMs: number;
  readonly onTrouble: (message: string) => void;
}

/** Even when preStop has used up the grace, the process gets this long after SIGTERM, as on Kubernetes. */
const LEAST_AFTER_PRE_STOP_MS = 2000;

export async function endGracefully(running: RunningProcess, options: TerminationOptions): Promise<Exit> {
  const { clock, graceMs } = options;
  const { preStop, stopSignal = 'SIGTERM' } = options.container.lifecycle ?? {};
  const deadline = clock.now() + graceMs;
  const over = new AbortController();
  const ended = running.ended.finally(() => over.abort());
  if (preStop !== undefined && graceMs > 0) await runPreStop(preStop, options, over.signal);
  running.signal(stopSignal as NodeJS.Signals);
  const least = preStop === undefined ? 0 : Math.min(graceMs, LEAST_AFTER_PRE_STOP_MS);
  await clock.sleep(Math.max(least, deadline - clock.now()), over.signal);
  running.signal('SIGKILL');
  return ended;
}

async function runPreStop(handler: LifecycleHandler, options: TerminationOptions, over: AbortSignal): Promise<void> {
  const { clock, graceMs } = options;
  if (handler.sleep !== undefined) return clock.sleep(Math.min(graceMs, handler.sleep.seconds * 1000), over);
  const outcome = await attempt(handler, options.target, graceMs, over);
  if (outcome.kind === 'unhealthy') options.onTrouble(`preStop failed: ${outcome.message}`);
}
