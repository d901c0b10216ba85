// Time as a parameter: every room that needs "now" or a timer takes a Clock.
// Never reads a time zone, never formats. Called by the edges (rehearsal, cli) to build one; by tests to fake one.

/** Milliseconds since the Unix epoch. */
export type Millis = number;

export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. */
  now(): Millis;
  /** Resolves after `ms`, or at once when `signal` aborts (it never rejects: callers check the signal). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    }),
};
