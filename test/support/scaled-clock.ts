// A clock on which time passes faster than on the wall, for real processes whose periods are whole seconds.
// Never stops and never jumps: what waits on it really waits, only shorter. Called by tests.
import type { Clock } from '../../src/lib/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';

export function scaledClock(speed: number): Clock {
  const start = systemClock.now();
  return {
    now: () => start + (systemClock.now() - start) * speed,
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  };
}
