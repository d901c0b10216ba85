import { describe, expect, it } from 'vitest';
import { checkoutRelease } from '../../test/support/checkout-objects.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { HorizontalPodAutoscaler } from '../api/cluster-kinds.ts';
import type { Release } from '../api/release.ts';
import { ObjectsError } from '../objects/objects.ts';
import type { ActiveStatus } from '../release/status.ts';
import { listAutoscalers, restoreFloors, writeFloors } from './floors.ts';

const RELEASE = checkoutRelease() as unknown as Release;

const autoscaler = (minReplicas: number | undefined, maxReplicas = 10): HorizontalPodAutoscaler => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'v1', namespace: 'prod', annotations: { team: 'checkout' } },
  spec: {
    scaleTargetRef: { kind: 'Deployment', name: 'checkout-service-v1' },
    ...(minReplicas === undefined ? {} : { minReplicas }),
    maxReplicas,
  },
});

async function standing(sim: SimCluster): Promise<HorizontalPodAutoscaler> {
  const found = await sim.objects.get({ kind: 'HorizontalPodAutoscaler', namespace: 'prod', name: 'v1' });
  if (found === undefined) throw new Error('gone');
  return found as HorizontalPodAutoscaler;
}

async function world(one: HorizontalPodAutoscaler) {
  const sim = new SimCluster();
  await sim.create([one]);
  const pin = async (stable: number, release = RELEASE) =>
    writeFloors(
      { stable: await standing(sim) },
      { floors: { stable } } as unknown as ActiveStatus,
      release,
      sim.deps(),
    );
  const edit = async (minReplicas: number) => {
    const now = await standing(sim);
    await sim.objects.update({ ...now, spec: { ...now.spec, minReplicas } });
  };
  const min = async () => (await standing(sim)).spec.minReplicas;
  return { sim, pin, edit, min, restore: () => restoreFloors(RELEASE, sim.deps()) };
}

describe("an autoscaler's floor", () => {
  it.each([2, undefined])('of %s is raised once, and comes back exactly as it was', async (own) => {
    const { sim, pin, min, restore } = await world(autoscaler(own));
    expect(await pin(5)).toBe(true);
    expect(await pin(5)).toBe(false);
    expect(await pin(6)).toBe(true);
    expect(await min()).toBe(6);
    await restore();
    const { spec, metadata } = await standing(sim);
    expect(spec).toEqual(autoscaler(own).spec);
    expect(metadata.annotations).toEqual({ team: 'checkout' });
    const { resourceVersion } = metadata;
    await restore();
    expect((await standing(sim)).metadata.resourceVersion).toBe(resourceVersion);
  });

  it('is left alone where it is high enough, and goes no higher than the autoscaler does', async () => {
    const high = await world(autoscaler(7));
    expect(await high.pin(5)).toBe(false);
    const low = await world(autoscaler(2, 4));
    await low.pin(9);
    expect(await low.min()).toBe(4);
    expect(await low.pin(9)).toBe(false);
  });

  it("that somebody has set meanwhile is that somebody's: it stays, or is what comes back", async () => {
    const { pin, edit, min, restore } = await world(autoscaler(2));
    await pin(5);
    await edit(8);
    expect(await pin(5)).toBe(false);
    await restore();
    expect(await min()).toBe(8);
    await pin(9);
    await edit(3);
    await pin(9);
    await restore();
    expect(await min()).toBe(3);
  });

  it('left pinned by a release that is gone is healed by the next one', async () => {
    const { pin, min, restore } = await world(autoscaler(2));
    await pin(5, { ...RELEASE, metadata: { ...RELEASE.metadata, name: 'gone' } });
    await restore();
    expect(await min()).toBe(5);
    expect(await pin(5)).toBe(true);
    await restore();
    expect(await min()).toBe(2);
  });

  it('that may not be written keeps nobody from anything but is told; an answer that is late is asked for again', async () => {
    const { sim } = await world(autoscaler(2));
    const refusing = (reason: 'Forbidden' | 'Unavailable') => {
      const troubles: unknown[] = [];
      const update = () => Promise.reject(new ObjectsError(reason, 'no'));
      const deps = {
        ...sim.deps({ ...sim.objects, update }),
        onTrouble: (_: unknown, error: unknown) => void troubles.push(error),
      };
      return { troubles, deps };
    };
    const status = { floors: { stable: 5 } } as unknown as ActiveStatus;
    const forbidden = refusing('Forbidden');
    expect(await writeFloors({ stable: await standing(sim) }, status, RELEASE, forbidden.deps)).toBe(false);
    expect(forbidden.troubles).toHaveLength(1);
    const late = refusing('Unavailable');
    await expect(writeFloors({ stable: await standing(sim) }, status, RELEASE, late.deps)).rejects.toThrow('no');
  });

  it('that may not even be read is as none', async () => {
    const { sim } = await world(autoscaler(2));
    const list = () => Promise.reject(new ObjectsError('Forbidden', 'no'));
    expect(await listAutoscalers({ ...sim.objects, list }, 'prod')).toEqual([]);
  });
});
