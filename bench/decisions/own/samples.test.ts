import { describe, expect, it } from 'vitest';
import type { Watched } from '../rule.ts';
import { createCluster } from '../truth/cluster.ts';
import { randomOf } from '../truth/random.ts';
import { settingOf } from '../truth/stream.ts';
import type { Scrapes, Truth } from '../truth/truth.ts';
import { ERRORS_AT_MOST, ERRORS_HALF_POINT, SHIPPED } from './gates.ts';
import { serin } from './samples.ts';

const TRUTH: Truth = {
  traffic: { arms: 'mirror', perSecond: 50 },
  blockSeconds: 5,
  seconds: 900,
  stable: 0.005,
  canary: 0.02,
};

function watched(own: Partial<Truth>, more: Partial<Scrapes> = {}, gates = SHIPPED, run = 1): Promise<Watched> {
  const truth = { ...TRUTH, ...own };
  const scrapes: Scrapes = { everySeconds: 5, pods: { canary: 2, stable: 3 }, ...more };
  const cluster = createCluster(truth, scrapes, randomOf('own', run), randomOf('scrapes', run));
  return serin('own', gates).watch(cluster, settingOf(truth));
}

describe('serin, the whole way', () => {
  it('rolls a worse canary back, and says why', async () => {
    const found = await watched({ canary: 0.3 });
    expect(found).toMatchObject({ verdict: 'rollBack', said: expect.stringContaining('errors Worse') });
    // A block, and the scrapes that it waits for.
    expect(found.at).toBeGreaterThan(5);
    expect(found.at).toBeLessThanOrEqual(21);
  });

  it('has the same verdict, however seldom it looks', async () => {
    for (const run of [1, 2, 3]) {
      const often = await watched({ canary: 0.015 }, {}, SHIPPED, run);
      const seldom = await watched({ canary: 0.015 }, { outages: true }, SHIPPED, run);
      for (const { verdict, said } of [often, seldom]) {
        expect(verdict).toBe('rollBack');
        expect(said).toContain('errors Worse');
      }
      // Its looks lie elsewhere between the same scrapes.
      expect(Math.abs(seldom.at - often.at)).toBeLessThanOrEqual(5);
    }
  });

  it('promotes an equal canary on the evidence of all gates, also through lost scrapes and counters that begin anew', async () => {
    const equal = { stable: 0.001, canary: 0.001, mayPromote: true };
    const odd = { loss: 0.2, resetEverySeconds: 180, skewSeconds: 20 };
    for (const found of [await watched(equal), await watched(equal, odd)]) {
      expect(found.verdict).toBe('promote');
      expect(found.at).toBeLessThan(400);
    }
    const [alone, all] = [await watched(equal, {}, ERRORS_HALF_POINT), await watched(equal)];
    expect(alone.at).toBeLessThan(all.at);
  });

  it('never promotes what it does not see, and says what is missing', async () => {
    const equal = { canary: 0.005, mayPromote: true };
    expect(await watched({ ...equal, silentFromSeconds: 0 })).toMatchObject({
      verdict: undefined,
      said: expect.stringContaining('errors LowTraffic'),
    });
    expect(await watched(equal, { canaryUnseen: true })).toMatchObject({
      verdict: undefined,
      said: expect.stringContaining('errors Stale'),
    });
    expect(await watched({ ...equal, lost: 0.05 })).toMatchObject({
      verdict: undefined,
      said: expect.stringContaining('lostRequests Uncovered'),
    });
  });

  it('sees copies that stop, and containers that begin anew', async () => {
    expect(await watched({ canary: 0.005, silentFromSeconds: 300 })).toMatchObject({
      verdict: 'rollBack',
      said: expect.stringContaining('lostRequests AboveMax'),
    });
    expect(await watched({ canary: 0.005 }, { crashEverySeconds: 60 })).toMatchObject({
      verdict: 'rollBack',
      said: expect.stringContaining('restarts Worse'),
    });
  });

  it('takes no incident of both for a canary above `max`, wherever between their scrapes it began', async () => {
    const equal: Partial<Truth> = {
      traffic: { arms: 'mirror', perSecond: 500 },
      stable: 0.001,
      canary: 0.001,
      swings: [{ kind: 'incidents', factor: 300, everySeconds: 300, lastSeconds: 20 }],
    };
    for (const laterSeconds of [4, 7, 10])
      expect(await watched(equal, { everySeconds: 15, laterSeconds }, ERRORS_AT_MOST)).toMatchObject({
        verdict: undefined,
      });
    const worse = { ...equal, canary: 0.1, swings: [] };
    expect(await watched(worse, { everySeconds: 15 }, ERRORS_AT_MOST)).toMatchObject({ verdict: 'rollBack' });
  });

  it('goes on from step to step of a split, and leaves out blocks in which weights changed', async () => {
    const split: Partial<Truth> = {
      traffic: { arms: 'split', perSecond: 100, shares: [0.01, 0.1, 0.5] },
      swings: [{ kind: 'drift', factor: 10 }],
    };
    expect(await watched({ ...split, canary: 0.005 })).toMatchObject({ verdict: undefined });
    const worse = await watched({ ...split, canary: 0.05, onsetSeconds: 650 });
    expect(worse.verdict).toBe('rollBack');
    expect(worse.at).toBeGreaterThan(650);
  });
});
