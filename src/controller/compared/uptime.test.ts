import { describe, expect, it } from 'vitest';
import { NO_PODS, subjectsOf } from '../../../test/support/compared.ts';
import { MIRRORED, SETTING } from '../../../test/support/compared-blocks.ts';
import type { UptimeCursor } from '../../analysis/comparative/comparisons.ts';
import { localSource } from '../../metrics/local.ts';
import { lookAtUptime } from './uptime.ts';

const STORE = { select: () => [] };

function lookAt(seconds: number, before: UptimeCursor | undefined, canary: number) {
  const place = {
    accepted: subjectsOf(),
    setting: SETTING,
    spans: [MIRRORED],
    pods: NO_PODS,
    now: seconds * 1000,
    metrics: localSource({ store: STORE, scrapeIntervalMs: 5000 }),
  };
  return lookAtUptime(place, before, { canary: { restarts: canary, pods: 2 }, stable: { restarts: 0, pods: 3 } });
}

describe('restarts since the last look', () => {
  it('are counted on after a time in which the clock was ahead, those meanwhile among them', () => {
    const ahead = lookAt(4000, { at: 100_000, canary: 0, stable: 0 }, 1);
    expect(ahead?.blocks[0]?.uptime.canary.restarts).toBe(1);
    const back = lookAt(460, ahead?.cursor, 3);
    expect(back).toEqual({ blocks: [], cursor: { at: 460_000, canary: 1, stable: 0 } });
    expect(lookAt(500, back?.cursor, 3)?.blocks[0]?.uptime.canary).toEqual({ podSeconds: 80, restarts: 2 });
  });
});
