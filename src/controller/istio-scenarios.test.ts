// Scenarios of the rivals' own suites on Istio, as an explicit pair plays them: on memory objects, with users.
// docs/reference/comparison.md says which scenario is which test.
import { describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { type Drive, driveRelease, RELEASE, readStatus } from '../../test/support/drive-release.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { HTTPRoute, VirtualService } from '../api/istio.ts';
import type { KubeObject, ObjectRef } from '../api/object.ts';
import { takeTurn } from './turn.ts';

const ROUTE = { kind: 'VirtualService', namespace: 'prod', name: 'checkout-service' };
const CANARY = { kind: 'Deployment', namespace: 'prod', name: 'checkout-service-v2' };
const KINDS = ['VirtualService', 'DestinationRule', 'Service'];

async function simulated(...changes: ((object: KubeObject) => KubeObject)[]): Promise<SimCluster> {
  const sim = new SimCluster();
  const changed = checkoutObjects().map((object) => changes.reduce((before, change) => change(before), object));
  await sim.create([...changed, checkoutRelease()]);
  for (let ticks = 0; ticks < 6; ticks++) await sim.pass();
  sim.failed = 0;
  return sim;
}

const withPlan =
  (...plan: object[]) =>
  (object: KubeObject): KubeObject =>
    object.kind === 'ReleasePolicy' ? { ...object, spec: { ...(object.spec as object), plan } } : object;

const withRoutes =
  (...http: HTTPRoute[]) =>
  (object: KubeObject): KubeObject =>
    object.kind === 'VirtualService' ? { ...object, spec: { ...(object.spec as object), http } } : object;

const to = (subset: string, weight?: number) => ({
  destination: { host: 'checkout-service', subset },
  ...(weight !== undefined && { weight }),
});

const routes = async (sim: SimCluster) => ((await sim.objects.get(ROUTE)) as VirtualService).spec.http ?? [];
const users = async (sim: SimCluster) => {
  const lists = await Promise.all(KINDS.map((kind) => sim.objects.list(kind)));
  return lists.flatMap(({ items }) =>
    items.map(({ kind, metadata, spec }) => [kind, metadata.name, metadata.annotations, spec]),
  );
};

async function change<Spec>(sim: SimCluster, ref: ObjectRef, edit: (spec: Spec) => object): Promise<void> {
  const object = await sim.objects.get(ref);
  if (object === undefined) throw new Error('gone');
  await sim.objects.update({ ...object, spec: edit(object.spec as Spec) } as KubeObject);
}

/** Calls `act` once, when that step has been reached. */
const once = (step: number, act: () => Promise<void>): NonNullable<Drive['each']> => {
  let done = false;
  return async (status) => {
    if (done || status.step?.index !== step || status.step.arrivedAt === undefined) return;
    done = true;
    await act();
  };
};

describe('blue-green', () => {
  it('is a plan of copies and the bake: no user meets the canary before it has everything, and none fails', async () => {
    const sim = await simulated(
      withPlan(
        { baseline: { for: '2s' } },
        { mirror: { traffic: '100%', methods: 'all', for: '5s' } },
        { bake: { for: '3s' } },
      ),
    );
    const weights = new Set<number>();
    const end = await driveRelease(sim, {
      each: async () => {
        const [route] = await routes(sim);
        for (const { destination, weight } of route?.route ?? [])
          if (destination.subset === 'v2') weights.add(weight ?? 100);
      },
    });
    expect([end.phase, sim.failed, [...weights]]).toEqual(['Promoted', 0, [100]]);
  });
});

describe('A/B by cookie', () => {
  it('leads those with the cookie to the canary before everybody else’s route, waits for approval, and leaves no route behind', async () => {
    const cookie = { headers: { cookie: { regex: '^(.*?;)?(type=insider)(;.*)?$' } } };
    const sim = await simulated(
      withPlan(
        { baseline: { for: '2s' } },
        { preview: { for: '3s', match: [cookie] } },
        { mirror: { traffic: '100%', methods: 'all', for: '4s' } },
        { shift: { traffic: '50%', for: '4s', approval: 'before' } },
        { bake: { for: '3s' } },
      ),
    );
    const seen: (readonly HTTPRoute[])[] = [];
    let held = false;
    const end = await driveRelease(sim, {
      each: async (status) => {
        if (status.step?.index === 1) seen.push(await routes(sim));
        if (status.holding?.reason !== 'AwaitingApproval' || held) return;
        held = true;
        const revision = status.accepted?.versions.canary.revision;
        await change(sim, RELEASE, (spec: object) => ({ ...spec, approved: [{ step: 4, revision }] }));
      },
    });
    expect([end.phase, held, sim.failed]).toEqual(['Promoted', true, 0]);
    const [clone, plain] = seen.at(-1) ?? [];
    expect(clone).toMatchObject({ match: [cookie], timeout: '1s', route: [to('v2')] });
    expect(plain).toMatchObject({ route: [to('v1')] });
    expect(await routes(sim)).toEqual([{ timeout: '1s', route: [to('v2')] }]);
  });
});

describe('objects that were there before', () => {
  it('are word for word what they were when the release is deleted at live weight', async () => {
    const sim = await simulated();
    const before = await users(sim);
    await driveRelease(sim, { each: once(4, () => sim.objects.remove(RELEASE)) }).catch(() => {});
    expect(await sim.objects.get(RELEASE)).toBeUndefined();
    expect(await users(sim)).toEqual(before);
    expect(sim.failed).toBe(0);
  });

  it('are written by nobody but the steps: Service and metadata stay as they are through a promotion', async () => {
    const sim = await simulated();
    const unowned = async () =>
      (await users(sim)).map(([kind, name, annotations, spec]) => [
        kind,
        name,
        annotations,
        kind === 'Service' ? spec : '',
      ]);
    const before = await unowned();
    await driveRelease(sim);
    expect(await unowned()).toEqual(before);
  });
});

describe('an abort', () => {
  const abort = (sim: SimCluster) => change(sim, RELEASE, (spec: object) => ({ ...spec, aborted: true }));

  it('of a release that has ended changes nothing', async () => {
    const sim = await simulated();
    await driveRelease(sim);
    const before = await users(sim);
    await abort(sim);
    expect(await takeTurn(RELEASE, sim.deps())).toBe('never');
    expect([(await readStatus(sim)).phase, await users(sim)]).toEqual(['Promoted', before]);
  });

  it('before the first step leaves the routes alone', async () => {
    const sim = await simulated();
    const before = await users(sim);
    await abort(sim);
    const end = await driveRelease(sim);
    expect([end.rollBack?.outcome, await users(sim)]).toEqual(['aborted', before]);
  });

  it('where nothing is scaled up and nothing scraped ends all the same, within the drain limit', async () => {
    const sim = await simulated((object) =>
      object.kind === 'Deployment' ? { ...object, spec: { ...(object.spec as object), replicas: 0 } } : object,
    );
    sim.scraping = false;
    sim.rate = 0;
    const before = await users(sim);
    await driveRelease(sim, { limitTicks: 10 }).catch(() => {});
    await abort(sim);
    const end = await driveRelease(sim, { limitTicks: 60 });
    expect([end.rollBack?.outcome, await users(sim)]).toEqual(['aborted', before]);
  });

  it('at half of the traffic keeps stable whole, and takes the canary’s pods only when they have drained', async () => {
    const sim = await simulated();
    const before = await users(sim);
    const pods: string[] = [];
    const end = await driveRelease(sim, {
      each: async (status) => {
        await once(4, () => abort(sim))(status);
        if (status.phase !== 'RollingBack') return;
        const [route] = await routes(sim);
        const live = (route?.route ?? []).some(
          ({ destination, weight = 0 }) => destination.subset === 'v2' && weight > 0,
        );
        const canary = (await sim.objects.get(CANARY)) as KubeObject<{ replicas: number }>;
        pods.push(`${live ? 'live' : 'away'} ${canary.spec?.replicas === 0 ? 'none' : 'pods'}`);
      },
    });
    expect([end.rollBack?.outcome, sim.failed, await users(sim)]).toEqual(['aborted', 0, before]);
    expect(new Set(pods)).not.toContain('live none');
    expect(pods).toContain('away pods');
    const stable = await sim.objects.get({ ...CANARY, name: 'checkout-service-v1' });
    expect(stable?.spec).toMatchObject({ replicas: 2 });
  });
});

describe('a new template of the canary at half of the traffic', () => {
  it('takes traffic away, begins a new attempt, and no user request fails', async () => {
    const sim = await simulated();
    const renew = once(4, () =>
      change(sim, CANARY, (spec: { template: { spec: object } }) => ({
        ...spec,
        template: { ...spec.template, spec: { ...spec.template.spec, terminationGracePeriodSeconds: 7 } },
      })),
    );
    const attempts = new Map<number, number>();
    const end = await driveRelease(sim, {
      each: async (status) => {
        await renew(status);
        attempts.set(status.attempt, Math.max(attempts.get(status.attempt) ?? 0, status.step?.index ?? 0));
      },
    });
    expect([end.phase, end.attempt, sim.failed]).toEqual(['Promoted', 2, 0]);
    expect([...attempts]).toEqual([
      [1, 4],
      [2, 5],
    ]);
  });
});

describe('a third destination beside the pair', () => {
  it('keeps its part of the traffic at every step, and comes back as it was written', async () => {
    const third = { destination: { host: 'legacy' }, weight: 20 };
    const sim = await simulated(withRoutes({ route: [to('v1', 80), third] }));
    const parts = new Set<number>();
    const end = await driveRelease(sim, {
      each: async () => {
        const [route] = await routes(sim);
        const sum = (route?.route ?? []).reduce((all, { weight = 0 }) => all + weight, 0);
        const own = (route?.route ?? []).find(({ destination }) => destination.host === 'legacy');
        parts.add((own?.weight ?? 0) / sum);
      },
    });
    expect([end.phase, [...parts]]).toEqual(['Promoted', [0.2]]);
    expect(await routes(sim)).toEqual([{ route: [to('v2', 80), third] }]);
  });
});

describe('stable scaled by its owner after an abort', () => {
  it('finds the routes as the user wrote them, whatever its size', async () => {
    const sim = await simulated();
    const before = await users(sim);
    await driveRelease(sim, {
      each: once(4, () => change(sim, RELEASE, (spec: object) => ({ ...spec, aborted: true }))),
    });
    await change(sim, { ...CANARY, name: 'checkout-service-v1' }, (spec: object) => ({ ...spec, replicas: 1 }));
    for (let ticks = 0; ticks < 4; ticks++) await sim.pass();
    expect(await takeTurn(RELEASE, sim.deps())).toBe('never');
    expect([await users(sim), sim.failed]).toEqual([before, 0]);
  });
});
