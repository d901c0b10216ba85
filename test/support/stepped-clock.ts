// A clock that a test moves: who sleeps wakes when the time has come, and everything that this sets off is done before it goes on.
// Never moves by itself. Used by tests of what sleeps.
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/lib/clock.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

export class SteppedClock implements Clock {
  private at: number;
  private sleepers: readonly Sleeper[] = [];

  constructor(at = Date.parse('2026-01-01T00:00:00Z')) {
    this.at = at;
  }

  now(): number {
    return this.at;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    // A breath takes no time.
    if (ms <= 0) return setImmediate();
    return new Promise((resolve) => {
      const sleeper = { until: this.at + ms, wake: resolve };
      this.sleepers = [...this.sleepers, sleeper];
      signal?.addEventListener(
        'abort',
        () => {
          this.sleepers = this.sleepers.filter((one) => one !== sleeper);
          resolve();
        },
        { once: true },
      );
    });
  }

  /** Whoever is due meanwhile wakes in order, each at its own time. */
  async pass(ms: number): Promise<void> {
    const end = this.at + ms;
    await settled();
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.at = Math.max(this.at, next.until);
      const sleeper = next;
      this.sleepers = this.sleepers.filter((one) => one !== sleeper);
      sleeper.wake();
      await settled();
    }
    this.at = end;
    await settled();
  }

  private next(end: number): Sleeper | undefined {
    return this.sleepers
      .filter(({ until }) => until <= end)
      .reduce<Sleeper | undefined>(
        (first, one) => (first === undefined || one.until < first.until ? one : first),
        undefined,
      );
  }
}

/** All that needs no time is done. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 4; round++) await setImmediate();
}
