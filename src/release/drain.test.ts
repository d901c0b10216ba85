import { describe, expect, it } from 'vitest';
import { runTo, runUntil } from '../../test/support/model-run.ts';
import { ModelWorld, SETTINGS } from '../../test/support/model-world.ts';
import type { Millis } from '../lib/clock.ts';
import { drainOf } from './drain.ts';
import { factsOf } from './facts.ts';
import { fold } from './fold.ts';

/** A release that is rolled back from half of the traffic, up to where its routes are confirmed and its counters rest. */
function quietCanary() {
  const world = new ModelWorld();
  runTo(world, 4);
  world.orders.aborted = true;
  runUntil(world, () => world.status.phase === 'RollingBack' && world.status.route.confirmed !== undefined);
  world.pass(3000);
  const input = world.input();
  const confirmedAt = Date.parse(input.status.route.confirmed?.at ?? '');
  return (accepted: object, untimedRequestMs: number | undefined, afterMs: Millis) => {
    const now = confirmedAt + afterMs;
    const settings = untimedRequestMs === undefined ? SETTINGS : { ...SETTINGS, untimedRequestMs };
    const status = { ...input.status, accepted: { ...input.status.accepted, ...accepted } };
    const canary = { ...input.traffic.canary, readTo: now, newestAt: now };
    const later = { ...input, now, settings, status, traffic: { ...input.traffic, canary } };
    return drainOf(factsOf(later, fold(later)), 'canary').kind;
  };
}

describe('a drain', () => {
  it('lasts as long as the longest request that a route lets be, after the change was seen', () => {
    const at = quietCanary();
    expect(at({ routeTimeoutMs: 9000 }, undefined, 8999)).toBe('draining');
    expect(at({ routeTimeoutMs: 9000 }, undefined, 9000)).toBe('drained');
  });

  it('takes the setting for it where a route has no timeout, and the longer of both', () => {
    const at = quietCanary();
    expect(at({ routeTimeoutMs: 0, untimed: true }, undefined, 4000)).toBe('drained');
    expect(at({ routeTimeoutMs: 0, untimed: true }, 10_000, 9999)).toBe('draining');
    expect(at({ routeTimeoutMs: 0, untimed: true }, 10_000, 10_000)).toBe('drained');
    expect(at({ routeTimeoutMs: 12_000, untimed: true }, 10_000, 11_000)).toBe('draining');
    expect(at({ routeTimeoutMs: 4000 }, 10_000, 4000)).toBe('drained');
  });

  it('is given no less time to be proven than the longest request may last', () => {
    const at = quietCanary();
    const longer = SETTINGS.drainLimitMs + 5000;
    expect(at({ routeTimeoutMs: 0, untimed: true }, longer, SETTINGS.drainLimitMs + 1000)).toBe('draining');
  });
});
