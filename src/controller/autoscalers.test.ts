import { describe, expect, it } from 'vitest';
import { checkoutAutoscalers, checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { driveRelease, RELEASE } from '../../test/support/drive-release.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { HorizontalPodAutoscaler } from '../api/cluster-kinds.ts';
import type { Deployment } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import { ObjectsError } from '../objects/objects.ts';
import type { ReleaseStatus } from '../release/status.ts';

async function simulated(): Promise<SimCluster> {
  const sim = new SimCluster();
  await sim.create([...checkoutObjects(), ...checkoutAutoscalers(), checkoutRelease()]);
  return sim;
}

const replicasOf = async (sim: SimCluster, version: string) =>
  (
    (await sim.objects.get({
      kind: 'Deployment',
      namespace: 'prod',
      name: `checkout-service-${version}`,
    })) as Deployment
  ).spec.replicas;

const autoscalers = async (sim: SimCluster) =>
  (await sim.objects.list('HorizontalPodAutoscaler')).items as readonly HorizontalPodAutoscaler[];

const floors = async (sim: SimCluster) =>
  Object.fromEntries((await autoscalers(sim)).map(({ metadata, spec }) => [metadata.name, spec.minReplicas]));

/** As they were written, annotations too. */
async function expectUntouched(sim: SimCluster): Promise<void> {
  const now = (await autoscalers(sim)).map(({ metadata, spec }) => ({ notes: metadata.annotations ?? {}, spec }));
  expect(now).toEqual(checkoutAutoscalers().map(({ spec }) => ({ notes: {}, spec })));
}

const isLive = ({ route }: ReleaseStatus) =>
  route?.readBackAt !== undefined && route.intent.kind === 'pair' && route.intent.target.canary > 0;

async function order(sim: SimCluster, fields: object): Promise<void> {
  const release = (await sim.objects.get(RELEASE)) as KubeObject<object>;
  await sim.objects.update({ ...release, spec: { ...release.spec, ...fields } });
}

describe('autoscalers of both versions', () => {
  it('would take stable down as its traffic leaves it, were it not pinned', async () => {
    const sim = await simulated();
    const fewest = { mirrored: 9, live: 9 };
    const end = await driveRelease(sim, {
      each: async (status) => {
        const pods = (await replicasOf(sim, 'v1')) ?? 1;
        if (status.phase !== 'Running') return;
        if (isLive(status)) fewest.live = Math.min(fewest.live, pods);
        else fewest.mirrored = Math.min(fewest.mirrored, pods);
      },
    });
    expect(end.phase).toBe('Promoted');
    expect(fewest).toEqual({ mirrored: 2, live: 2 });
    expect(await replicasOf(sim, 'v2')).toBe(2);
    await expectUntouched(sim);
  });

  it("keep the canary's pods for its next step, which its own load would not ask for yet", async () => {
    const sim = await simulated();
    const seen = new Set<unknown>();
    await driveRelease(sim, { each: async () => void seen.add((await floors(sim))['v2']) });
    expect(seen).toEqual(new Set([1, 2]));
  });

  it('have their own floors back after a roll back, an abort and a deletion from half of the traffic', async () => {
    for (const end of ['errors', 'abort', 'delete'] as const) {
      const sim = await simulated();
      let pinned: unknown;
      const drive = driveRelease(sim, {
        each: async (status) => {
          if (status.step?.index !== 4 || status.step.arrivedAt === undefined || pinned !== undefined) return;
          pinned = (await floors(sim))['v1'];
          if (end === 'errors') sim.canaryErrors = 0.5;
          if (end === 'abort') await order(sim, { aborted: true });
          if (end === 'delete') await sim.objects.remove(RELEASE);
        },
      });
      // A release that is deleted has no last status to look at.
      await (end === 'delete' ? drive.catch(() => {}) : drive);
      expect(pinned).toBe(2);
      expect(await replicasOf(sim, 'v1')).toBe(2);
      await expectUntouched(sim);
    }
  });

  it('that nobody may write hold nothing up: the release ends, and it is told', async () => {
    const sim = await simulated();
    const troubles: string[] = [];
    const end = await driveRelease(sim, {
      deps: () => {
        const deps = sim.deps();
        const { update } = deps.objects;
        const objects = {
          ...deps.objects,
          update: (object: KubeObject, options?: object) =>
            object.kind === 'HorizontalPodAutoscaler'
              ? Promise.reject(new ObjectsError('Forbidden', 'may not'))
              : update(object, options),
        };
        return { ...deps, objects, onTrouble: (_, error) => void troubles.push((error as Error).message) };
      },
    });
    expect(end.phase).toBe('Promoted');
    expect(new Set(troubles)).toEqual(new Set(['may not']));
  });
});
