import { describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { driveRelease, RELEASE, readStatus } from '../../test/support/drive-release.ts';
import { canaryWeight } from '../../test/support/lost-pods.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { KubeObject } from '../api/object.ts';
import { takeTurn } from './turn.ts';

const ROUTE = { kind: 'VirtualService', namespace: 'prod', name: 'checkout-service' };

async function simulated(prepare: (sim: SimCluster) => void = () => {}): Promise<SimCluster> {
  const sim = new SimCluster();
  prepare(sim);
  await sim.create([...checkoutObjects(), checkoutRelease()]);
  return sim;
}

const routeSpec = async (sim: SimCluster) => (await sim.objects.get(ROUTE))?.spec as VirtualService['spec'];

async function change(sim: SimCluster, ref: typeof ROUTE, edit: (spec: never) => unknown): Promise<void> {
  const object = await sim.objects.get(ref);
  if (object === undefined) throw new Error('gone');
  await sim.objects.update({ ...object, spec: edit(object.spec as never) } as KubeObject);
}

describe('a release of a good canary', () => {
  it('ends promoted: the routes name the canary where they named stable, and the old stable is scaled down', async () => {
    const sim = await simulated();
    const before = await routeSpec(sim);
    const end = await driveRelease(sim);
    expect(end.phase).toBe('Promoted');
    expect(await routeSpec(sim)).toEqual(JSON.parse(JSON.stringify(before).replaceAll('"v1"', '"v2"')));
    const stable = await sim.objects.get({ kind: 'Deployment', namespace: 'prod', name: 'checkout-service-v1' });
    expect(stable?.spec).toMatchObject({ replicas: 0 });
  });

  it('keeps its finalizer exactly as long as it may have routes to put back', async () => {
    const sim = await simulated();
    const seen: (readonly string[])[] = [];
    await driveRelease(sim, {
      each: async () => void seen.push((await sim.objects.get(RELEASE))?.metadata.finalizers ?? []),
    });
    expect(seen.slice(1, -1).every((finalizers) => finalizers.includes('serin.dev/traffic'))).toBe(true);
    expect((await sim.objects.get(RELEASE))?.metadata.finalizers ?? []).toEqual([]);
  });
});

describe('an end that nobody can be told of', () => {
  it('is an end all the same, and said so', async () => {
    const sim = await simulated();
    const troubles: string[] = [];
    const end = await driveRelease(sim, {
      deps: () => ({
        ...sim.deps(),
        announce: () => Promise.reject(new Error('no answer from the chat')),
        onTrouble: (_, error) => void troubles.push((error as Error).message),
      }),
    });
    expect(end.phase).toBe('Promoted');
    expect(troubles).toEqual(['no answer from the chat']);
  });
});

describe('a release of a bad canary', () => {
  it('is rolled back while mirrored, the routes deep-equal to those before, and no user has met it', async () => {
    const sim = await simulated((one) => {
      one.canaryErrors = 0.05;
    });
    const before = await routeSpec(sim);
    let live = 0;
    const end = await driveRelease(sim, {
      each: async () => {
        const canary = (await routeSpec(sim)).http?.[0]?.route?.find(({ destination }) => destination.subset === 'v2');
        live = Math.max(live, canary?.weight ?? 0);
      },
    });
    expect(end).toMatchObject({ phase: 'RolledBack', rollBack: { outcome: 'rolledBack', policy: 'gateFailed' } });
    // One error of 34 requests at a rate of 5 %: the counter of errors is new, and `rate` does not see what it began with.
    expect(end.rollBack?.verdict?.evidence).toMatchObject({
      canaryRequestsInWindow: 34,
      left: [{ value: expect.closeTo(1 / 34, 12) }],
    });
    expect(live).toBe(0);
    expect(await routeSpec(sim)).toEqual(before);
  });

  it('has its last gate verdict and the deciding numbers in the record of its step', async () => {
    const sim = await simulated((one) => {
      one.canaryErrors = 0.05;
    });
    const end = await driveRelease(sim);
    const last = end.steps?.at(-1);
    expect(last).toMatchObject({ kind: 'mirror', traffic: '10%', gates: [{ gate: 'errors', verdict: 'fail' }] });
  });
});

describe('an outage of the metrics', () => {
  it('keeps no order and no pod from being seen: an abort puts the routes back', async () => {
    const sim = await simulated();
    const before = await routeSpec(sim);
    const troubles: unknown[] = [];
    let down = false;
    const end = await driveRelease(sim, {
      deps: () => {
        const { metrics, ...deps } = sim.deps();
        const select: typeof metrics.select = (...query) =>
          down ? Promise.reject(new Error('connection refused')) : metrics.select(...query);
        return { ...deps, metrics: { ...metrics, select }, onTrouble: (_, error) => void troubles.push(error) };
      },
      each: async (status) => {
        if (down || status.step?.index !== 4 || status.step.arrivedAt === undefined) return;
        down = true;
        const release = await sim.objects.get(RELEASE);
        if (release === undefined) throw new Error('gone');
        await sim.objects.update({ ...release, spec: { ...(release.spec as object), aborted: true } });
      },
    });
    expect(troubles.length).toBeGreaterThan(0);
    expect(end).toMatchObject({
      phase: 'RolledBack',
      rollBack: { outcome: 'aborted' },
      conditions: expect.arrayContaining([expect.objectContaining({ type: 'ScaleDownWithheld', status: 'True' })]),
    });
    expect(await routeSpec(sim)).toEqual(before);
  });
});

describe('changes by others', () => {
  it('to a field that is not ours survive the whole release', async () => {
    const sim = await simulated();
    let edited = false;
    await driveRelease(sim, {
      each: async (status) => {
        if (edited || status.step?.index !== 3) return;
        edited = true;
        await change(sim, ROUTE, (spec: VirtualService['spec']) => ({
          ...spec,
          http: spec.http?.map((route) => ({ ...route, timeout: '3s' })),
        }));
      },
    });
    expect((await routeSpec(sim)).http?.[0]?.timeout).toBe('3s');
  });

  it('to our weights are undone at the next turn', async () => {
    const sim = await simulated();
    let overwritten = 0;
    const end = await driveRelease(sim, {
      each: async (status) => {
        if (status.step?.index !== 4 || overwritten > 0 || status.step.arrivedAt === undefined) return;
        overwritten += 1;
        await change(sim, ROUTE, (spec: VirtualService['spec']) => ({
          ...spec,
          http: [{ route: [{ destination: { host: 'checkout-service', subset: 'v1' } }] }],
        }));
      },
    });
    expect(end.phase).toBe('Promoted');
    expect(end.route?.overwrites).toHaveLength(1);
  });

  it('to the routes that remove the VirtualService hold the release, and deleting the release is not stuck', async () => {
    const sim = await simulated();
    const end = await driveRelease(sim, {
      each: async (status) => {
        if (status.step?.index !== 4) return;
        if (await sim.objects.get(ROUTE)) await sim.objects.remove(ROUTE);
        const release = await sim.objects.get(RELEASE);
        if (release?.metadata.deletionTimestamp === undefined) await sim.objects.remove(RELEASE);
      },
    }).catch((error: unknown) => error);
    expect(end).toMatchObject({ message: 'the release is gone' });
  });

  it('that take the canary’s subset away from under its users send these back to stable', async () => {
    const sim = await simulated();
    const before = await routeSpec(sim);
    const rule = { kind: 'DestinationRule', namespace: 'prod', name: 'checkout-service' };
    let edited = false;
    const end = await driveRelease(sim, {
      each: async () => {
        if (edited || (await canaryWeight(sim)) === 0) return;
        edited = true;
        await change(sim, rule, (spec: DestinationRule['spec']) => ({
          ...spec,
          subsets: (spec.subsets ?? []).filter(({ name }) => name !== 'v2'),
        }));
      },
    });
    expect(end).toMatchObject({ phase: 'RolledBack', rollBack: { outcome: 'inconclusive', policy: 'unroutable' } });
    expect(end.rollBack?.message).toMatch(/cannot lead to the canary.*DestinationRule.*there is no subset v2/);
    expect(await routeSpec(sim)).toEqual(before);
  });

  it('that take it away from under copies alone are told of, and the metrics are read all the same', async () => {
    const sim = await simulated();
    const rule = { kind: 'DestinationRule', namespace: 'prod', name: 'checkout-service' };
    let edited = false;
    const course = driveRelease(sim, {
      each: async ({ step, holding }) => {
        if (holding !== undefined && edited) throw new Error(`${holding.reason}: ${holding.message}`);
        if (edited || step?.index !== 1 || step.arrivedAt === undefined) return;
        edited = true;
        await change(sim, rule, (spec: DestinationRule['spec']) => ({
          ...spec,
          subsets: (spec.subsets ?? []).filter(({ name }) => name !== 'v2'),
        }));
      },
    });
    await expect(course).rejects.toThrow(/RouteUnusable: .*there is no subset v2/);
  });

  it('that delete the Service are told of, and the release goes on when it is back', async () => {
    const sim = await simulated();
    const ref = { kind: 'Service', namespace: 'prod', name: 'checkout-service' };
    const service = (await sim.objects.get(ref)) as KubeObject;
    let told: string | undefined;
    const end = await driveRelease(sim, {
      each: async ({ step, holding }) => {
        const isThere = (await sim.objects.get(ref)) !== undefined;
        if (step?.index === 1 && told === undefined && isThere) await sim.objects.remove(ref);
        if (holding?.reason !== 'RouteUnusable' || isThere) return;
        told = holding.message;
        const { resourceVersion: _, uid: _u, ...metadata } = service.metadata;
        await sim.objects.create({ ...service, metadata });
      },
    });
    expect(told).toBe('Service/prod/checkout-service is gone');
    expect(end.phase).toBe('Promoted');
  });

  it('that delete a route are named, and waited for', async () => {
    const sim = await simulated();
    const course = driveRelease(sim, {
      each: async ({ step, holding }) => {
        if (step?.index === 1 && step.arrivedAt !== undefined && (await sim.objects.get(ROUTE)) !== undefined)
          await sim.objects.remove(ROUTE);
        if (holding?.reason === 'RouteUnusable') throw new Error(holding.message);
      },
    });
    await expect(course).rejects.toThrow('VirtualService/prod/checkout-service is gone');
  });
});

describe('acceptance', () => {
  it('waits for what is missing and says what', async () => {
    const sim = new SimCluster();
    const objects = checkoutObjects();
    await sim.create([...objects.filter(({ kind }) => kind !== 'VirtualService'), checkoutRelease()]);
    const missing = await driveRelease(sim, { limitTicks: 10 }).catch(() => readStatus(sim));
    expect(missing).toMatchObject({ phase: 'Pending', problems: [{ code: 'SRN1502' }] });
    await sim.create(objects.filter(({ kind }) => kind === 'VirtualService'));
    expect((await driveRelease(sim)).phase).toBe('Promoted');
  });

  it('rejects what cannot be run, and writes no route', async () => {
    const sim = await simulated();
    const before = await sim.objects.get(ROUTE);
    const both = ['v1', 'v2'].map((subset) => ({ destination: { host: 'checkout-service', subset }, weight: 50 }));
    await change(sim, ROUTE, (spec: VirtualService['spec']) => ({ ...spec, http: [{ route: both }] }));
    const end = await driveRelease(sim);
    expect(end).toMatchObject({ phase: 'Rejected', problems: [{ code: 'SRN1501' }] });
    expect((await sim.objects.get(ROUTE))?.metadata.generation).toBe((before?.metadata.generation ?? 0) + 1);
  });

  it('keeps every gate complete, the default ones where nobody has written any', async () => {
    const sim = new SimCluster();
    const objects = checkoutObjects().map((object) => {
      if (object.kind !== 'ReleasePolicy') return object;
      const { gates: _, ...spec } = object.spec as { gates: object };
      return { ...object, spec };
    });
    await sim.create([...objects, checkoutRelease()]);
    const { accepted } = await driveRelease(sim, { limitTicks: 3 }).catch(() => readStatus(sim));
    expect(accepted?.policy).toMatchObject({
      gatesByDefault: true,
      gates: { latency: { quantile: 0.95, worseBy: { factor: 1.2, extra: '15ms' } }, lostRequests: { max: '2%' } },
    });
  });

  it('waits while another release is about the same service', async () => {
    const sim = await simulated();
    const second = { ...checkoutRelease(), metadata: { name: 'second', namespace: 'prod' } };
    await sim.create([second]);
    const turnOfSecond = () => takeTurn({ ...RELEASE, name: 'second' }, sim.deps());
    const statusOfSecond = async () => (await sim.objects.get({ ...RELEASE, name: 'second' }))?.status;
    await turnOfSecond();
    const end = await driveRelease(sim, { each: async () => void (await turnOfSecond()) });
    expect(end.phase).toBe('Promoted');
    expect(end.route?.overwrites).toBeUndefined();
    expect(await statusOfSecond()).toMatchObject({ phase: 'Pending', problems: [{ code: 'SRN1203' }] });
    await turnOfSecond();
    // It waits no longer; that its canary is the stable version now is another matter.
    expect(await statusOfSecond()).not.toMatchObject({ problems: [{ code: 'SRN1203' }] });
  });

  it('rejects a plan with a step that the routes cannot express', async () => {
    const sim = new SimCluster();
    const preview = { preview: { for: '1s', match: [{ uri: { exact: '/b' } }] } };
    const objects = checkoutObjects().map((object) => {
      if (object.kind === 'VirtualService') {
        const [route] = (object.spec as VirtualService['spec']).http ?? [];
        return {
          ...object,
          spec: { ...(object.spec as object), http: [{ ...route, match: [{ uri: { exact: '/a' } }] }] },
        };
      }
      if (object.kind !== 'ReleasePolicy') return object;
      const { plan, ...rest } = object.spec as { plan: object[] };
      return { ...object, spec: { ...rest, plan: [plan[0], preview, ...plan.slice(1)] } };
    });
    await sim.create([...objects, checkoutRelease()] as KubeObject[]);
    expect(await driveRelease(sim)).toMatchObject({ phase: 'Rejected', problems: [{ code: 'SRN1501' }] });
  });
});
