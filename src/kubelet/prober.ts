// The probes of one running container, in Kubernetes' order: startup first; then liveness and readiness, side by side.
// Never kills or restarts (it says that a container is unhealthy). Called by pod.ts, once per run of a container.
import type { Container, Probe } from '../api/kubernetes.ts';
import type { Clock, Millis } from '../lib/clock.ts';
import { attempt, type Target } from './probe.ts';
import { createThreshold, type Standing } from './threshold.ts';

export interface ProberEvents {
  readonly onStarted: () => void;
  /** `message` says why it is not ready, or no longer. */
  readonly onReady: (ready: boolean, message: string) => void;
  /** The liveness or startup probe gave up on the container; told once. The grace is the probe's own, if it has one. */
  readonly onUnhealthy: (message: string, graceSeconds: number | undefined) => void;
}

export interface ProberOptions extends ProberEvents {
  readonly container: Container;
  readonly target: Target;
  readonly clock: Clock;
  readonly startedAt: Millis;
  readonly signal: AbortSignal;
}

/** Runs until the signal aborts. */
export async function runProbes(options: ProberOptions): Promise<void> {
  const { livenessProbe, readinessProbe, startupProbe } = options.container;
  if (startupProbe !== undefined && !(await waitForStartup(startupProbe, options))) return;
  options.onStarted();
  await Promise.all([
    livenessProbe && watchLiveness(livenessProbe, options),
    readinessProbe ? watchReadiness(readinessProbe, options) : options.onReady(true, ''),
  ]);
}

async function waitForStartup(probe: Probe, options: ProberOptions): Promise<boolean> {
  // Kubernetes begins in a third state that neither threshold has been reached from; told apart here by the outcome.
  for await (const { standing, healthy, message } of outcomes(probe, 'success', options)) {
    if (standing === 'failure') {
      options.onUnhealthy(`startup probe failed: ${message}`, probe.terminationGracePeriodSeconds);
      return false;
    }
    if (healthy) return true;
  }
  return false;
}

async function watchLiveness(probe: Probe, options: ProberOptions): Promise<void> {
  for await (const { standing, message } of outcomes(probe, 'success', options)) {
    if (standing === 'failure')
      return options.onUnhealthy(`liveness probe failed: ${message}`, probe.terminationGracePeriodSeconds);
  }
}

async function watchReadiness(probe: Probe, options: ProberOptions): Promise<void> {
  let told: string | undefined;
  for await (const { standing, healthy, message } of outcomes(probe, 'failure', options, eagerly)) {
    // Between the thresholds nothing changes; the reason of a failure may, and is told again then.
    if (healthy !== (standing === 'success') || told === message) continue;
    told = message;
    options.onReady(healthy, healthy ? '' : `readiness probe failed: ${message}`);
  }
}

/**
 * A process is up in a fraction of a second, and a period is seconds: until it has been ready once, it is asked more often
 * than its period says, so that nobody waits for the clock. The probe's thresholds hold all the same.
 */
const EAGER_MS = 100;
const eagerly = (healthyOnce: boolean, periodMs: number): number =>
  healthyOnce ? periodMs : Math.min(periodMs, EAGER_MS);

interface Observation {
  readonly standing: Standing;
  readonly healthy: boolean;
  readonly message: string;
}

/** One observation per period; a probe slower than its period is followed by the next at once, as by a ticker. */
async function* outcomes(
  probe: Probe,
  initial: Standing,
  options: ProberOptions,
  pace: (healthyOnce: boolean, periodMs: number) => number = (_, periodMs) => periodMs,
): AsyncGenerator<Observation> {
  const { clock, signal, target } = options;
  const { initialDelaySeconds = 0, periodSeconds, timeoutSeconds, failureThreshold, successThreshold } = probe;
  const threshold = createThreshold(initial, successThreshold || 1, failureThreshold || 3);
  let due = Math.max(clock.now(), options.startedAt + initialDelaySeconds * 1000);
  let healthyOnce = false;
  while (!signal.aborted) {
    await clock.sleep(Math.max(0, due - clock.now()), signal);
    if (signal.aborted) return;
    const outcome = await attempt(probe, target, (timeoutSeconds || 1) * 1000, signal);
    if (signal.aborted) return;
    const healthy = outcome.kind === 'healthy';
    healthyOnce ||= healthy;
    yield { standing: threshold.record(healthy), healthy, message: healthy ? '' : outcome.message };
    due = Math.max(due + pace(healthyOnce, (periodSeconds || 10) * 1000), clock.now());
  }
}
