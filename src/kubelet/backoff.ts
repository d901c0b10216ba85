// How long a crashed container waits before it starts again.
// Never sleeps itself. Called by pod.ts. Source: the Kubernetes kubelet's container back-off.

export interface BackoffSettings {
  /** Kubernetes: 10 s. */
  readonly baseMs: number;
  /** Kubernetes: 5 min. */
  readonly capMs: number;
  /** A run this long was healthy: the next crash counts as the first. Kubernetes: twice the cap. */
  readonly resetAfterMs: number;
}

/** One machine has no other tenants to protect from a restarting container, and a person waiting. */
export const LOCAL_BACKOFF: BackoffSettings = { baseMs: 1000, capMs: 30_000, resetAfterMs: 60_000 };

export interface Backoff {
  /** To be called once per exit with how long the container ran; answers how long to wait: 0 the first time. */
  afterRunOf(ms: number): number;
}

export function createBackoff(settings: BackoffSettings): Backoff {
  let crashes = 0;
  return {
    afterRunOf(ms) {
      if (ms >= settings.resetAfterMs) crashes = 0;
      crashes += 1;
      // Kubernetes restarts at once after the first exit; the doubling begins with the second.
      return crashes === 1 ? 0 : Math.min(settings.capMs, settings.baseMs * 2 ** (crashes - 2));
    },
  };
}
