// A clock that only a test moves. advance() lets everything that wakes on the way, and what it awaits, run in order.
// Never waits in real time. Used by tests of rooms that take a Clock.
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock, Millis } from '../../src/lib/clock.ts';

interface Sleeper {
  readonly due: Millis;
  readonly wake: () => void;
}

export class ManualClock implements Clock {
  #now: Millis;
  readonly #sleepers = new Set<Sleeper>();

  constructor(start: Millis = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = start;
  }

  now(): Millis {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper: Sleeper = { due: this.#now + Math.max(0, ms), wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** How many are asleep: nothing may be left when a test has stopped what it started. */
  get asleep(): number {
    return this.#sleepers.size;
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const due = Math.min(...[...this.#sleepers].map((sleeper) => sleeper.due));
      if (!(due <= end)) break;
      this.#now = Math.max(this.#now, due);
      for (const sleeper of [...this.#sleepers]) if (sleeper.due <= this.#now) sleeper.wake();
    }
    this.#now = end;
  }
}

/** A turn of the event loop runs every promise that is ready, however long the chain. */
async function settle(): Promise<void> {
  for (let index = 0; index < 3; index++) await turn();
}
