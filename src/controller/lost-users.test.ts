// A canary that has live users and no ready pod: the routes go back first, and nothing is asked of the metrics before.
import { describe, expect, it } from 'vitest';
import { RELEASE, readStatus } from '../../test/support/drive-release.ts';
import { halfLive } from '../../test/support/half-live.ts';
import { canaryWeight, loseCanaryPods } from '../../test/support/lost-pods.ts';
import type { SimCluster } from '../../test/support/sim-cluster.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import type { Deps } from './deps.ts';
import { takeTurn } from './turn.ts';

async function withoutPods(): Promise<SimCluster> {
  const sim = await halfLive();
  await loseCanaryPods(sim);
  return sim;
}

describe('users of a canary without a ready pod', () => {
  it('are stable’s again after one turn, whatever the metrics would have said', async () => {
    const sim = await withoutPods();
    const asked: string[] = [];
    const deaf: MetricsSource = {
      ...sim.deps().metrics,
      instant: async () => {
        asked.push('instant');
        throw new Error('too late for users who wait');
      },
      select: async () => {
        asked.push('select');
        throw new Error('too late for users who wait');
      },
    };
    expect(await canaryWeight(sim)).toBe(50);
    expect(await takeTurn(RELEASE, { ...sim.deps(), metrics: deaf })).toBe('again');
    expect(asked).toEqual([]);
    expect(await canaryWeight(sim)).toBe(0);
    expect((await readStatus(sim)).strikes).toBe(1);
  });

  it('do not wait for their status to be stored either, and it is', async () => {
    const sim = await withoutPods();
    const routed = Promise.withResolvers<void>();
    const objects: Objects = {
      ...sim.objects,
      updateStatus: async (object, options) => {
        await routed.promise;
        return sim.objects.updateStatus(object, options);
      },
      update: async (object, options) => {
        const written = await sim.objects.update(object, options);
        routed.resolve();
        return written;
      },
    };
    expect(await takeTurn(RELEASE, sim.deps(objects))).toBe('again');
    expect(await canaryWeight(sim)).toBe(0);
    expect(await readStatus(sim)).toMatchObject({ strikes: 1, route: { intent: { target: { canary: 0 } } } });
  });

  it('are rescued although their status cannot be stored, and that is told', async () => {
    const sim = await withoutPods();
    const objects: Objects = {
      ...sim.objects,
      updateStatus: async () => {
        throw new ObjectsError('Unavailable', 'etcd is slow');
      },
    };
    await expect(takeTurn(RELEASE, sim.deps(objects))).rejects.toThrow('etcd is slow');
    expect(await canaryWeight(sim)).toBe(0);
    expect(await takeTurn(RELEASE, sim.deps())).toBe('later');
    expect(await canaryWeight(sim)).toBe(0);
    expect((await readStatus(sim)).strikes).toBe(1);
  });

  it('do not wait for metrics that were asked before they lost their pods', async () => {
    const sim = await halfLive();
    const asked = Promise.withResolvers<void>();
    let changed = () => {};
    const deps: Deps = {
      ...sim.deps(),
      metrics: {
        ...sim.deps().metrics,
        select: () => {
          asked.resolve();
          return new Promise(() => {});
        },
      },
      onWoken: (listener) => {
        changed = listener;
        return () => {};
      },
    };
    const turn = takeTurn(RELEASE, deps);
    await asked.promise;
    changed();
    await loseCanaryPods(sim);
    changed();
    expect(await turn).toBe('again');
    expect(await canaryWeight(sim)).toBe(50);
    expect(await takeTurn(RELEASE, deps)).toBe('again');
    expect(await canaryWeight(sim)).toBe(0);
  });

  it('wait for one write of one route, and for no trial of it', async () => {
    const sim = await withoutPods();
    const updates: string[] = [];
    const objects: Objects = {
      ...sim.objects,
      update: (object, options) => {
        updates.push(`${object.kind}${options?.dryRun === true ? ' dry run' : ''}`);
        return sim.objects.update(object, options);
      },
    };
    await takeTurn(RELEASE, sim.deps(objects));
    expect(updates[0]).toBe('VirtualService');
  });
});
