import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObjectsError } from '../objects/objects.ts';
import { backOff, checkpointMs, conflictPause, tickAfter } from './pauses.ts';

const unavailable = new ObjectsError('Unavailable', 'no answer');

describe('pauses of the loop', () => {
  it('end on a grid of a quarter of the tick, never later than a tick and never much sooner', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.integer({ min: 4, max: 60_000 }), (now, tickMs) => {
        const pause = tickAfter(now, tickMs) - now;
        expect(pause).toBeLessThanOrEqual(tickMs + 1e-6);
        expect(pause).toBeGreaterThan(tickMs * 0.75 - 1e-6);
      }),
    );
    expect(new Set([1000, 1003, 1090].map((now) => tickAfter(now, 400)))).toEqual(new Set([1400]));
  });

  it('grow with each failure up to half a minute, half of them by chance, and are as long as the server asks', () => {
    const most = (failures: number) => backOff(unavailable, failures, 1000, () => 0.999999);
    expect([0, 1, 2, 3, 4, 9].map((failures) => Math.round(most(failures)))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 16_000,
    ]);
    expect(Math.round(backOff(unavailable, 9, 15_000, () => 0.999999))).toBe(30_000);
    expect(backOff(unavailable, 0, 1000, () => 0)).toBe(500);
    const busy = new ObjectsError('TooManyRequests', 'later', { retryAfterMs: 7000 });
    expect(backOff(busy, 0, 1000, () => 0)).toBe(7500);
  });

  it('are none after a first conflict, and then short', () => {
    expect([0, 1, 2, 20].map((conflicts) => conflictPause(conflicts, 1000))).toEqual([0, 20, 40, 1000]);
  });

  it('between two checkpoints are longer the more releases there are, and never longer than five minutes', () => {
    expect([1, 50, 200, 10_000].map(checkpointMs)).toEqual([5000, 5000, 20_000, 300_000]);
  });
});
