// What is missing to tell the versions apart is added by the controller, and taken back: on memory objects, with users.
import { describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { driveRelease, RELEASE, readStatus } from '../../test/support/drive-release.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { DestinationRule, HTTPRoute, VirtualService } from '../api/istio.ts';
import type { KubeObject } from '../api/object.ts';
import {
  type FaultPlan,
  type FaultyObjects,
  type KillPoint,
  killAtWrite,
  PASS,
  withFaults,
} from '../objects/faults.ts';

const ROUTE = { kind: 'VirtualService', namespace: 'prod', name: 'checkout-service' };
const RULE = { kind: 'DestinationRule', namespace: 'prod', name: 'checkout-service' };
const V1 = { name: 'v1', labels: { version: 'v1' } };
const V2 = { name: 'v2', labels: { version: 'v2' } };
const OPEN: HTTPRoute = { timeout: '1s', route: [{ destination: { host: 'checkout-service' } }] };

type Missing = 'canary subset' | 'DestinationRule' | 'DestinationRule, the canary running already';

/** The checkout service as people have it before their first canary. */
function incomplete(missing: Missing): KubeObject[] {
  return checkoutObjects().flatMap((object): KubeObject[] => {
    const spec = object.spec as never;
    if (missing === 'canary subset')
      return [object.kind === 'DestinationRule' ? { ...object, spec: { ...(spec as object), subsets: [V1] } } : object];
    if (object.kind === 'DestinationRule') return [];
    if (object.kind === 'VirtualService') return [{ ...object, spec: { ...(spec as object), http: [OPEN] } }];
    const runs = missing.endsWith('already') && object.metadata.name === 'checkout-service-v2';
    return [runs ? { ...object, spec: { ...(spec as object), replicas: 1 } } : object];
  });
}

async function simulated(missing: Missing, prepare: (sim: SimCluster) => void = () => {}): Promise<SimCluster> {
  const sim = new SimCluster();
  prepare(sim);
  await sim.create([...incomplete(missing), checkoutRelease()]);
  // Users come when stable's pods are there.
  for (let ticks = 0; ticks < 6; ticks++) await sim.pass();
  sim.failed = 0;
  return sim;
}

const ruleOf = async (sim: SimCluster) => (await sim.objects.get(RULE)) as DestinationRule | undefined;
const routesOf = async (sim: SimCluster) => ((await sim.objects.get(ROUTE)) as VirtualService).spec.http;
const asWritten = (missing: Missing) => incomplete(missing).find(({ kind }) => kind === 'DestinationRule')?.spec;

describe.each<Missing>(['canary subset', 'DestinationRule', 'DestinationRule, the canary running already'])(
  'without a %s',
  (missing) => {
    it('a good canary is promoted, no request fails, and what was added is kept and marked', async () => {
      const sim = await simulated(missing);
      const end = await driveRelease(sim);
      expect([end.phase, sim.failed]).toEqual(['Promoted', 0]);
      const rule = await ruleOf(sim);
      expect(rule?.spec.subsets).toEqual([V1, V2]);
      const { 'serin.dev/added-subsets': subsets, 'serin.dev/added-rule': made } = rule?.metadata.annotations ?? {};
      expect([subsets, made]).toEqual(missing === 'canary subset' ? ['v2', undefined] : ['v1,v2', 'true']);
      expect(await routesOf(sim)).toEqual([
        { timeout: '1s', route: [{ destination: { host: 'checkout-service', subset: 'v2' } }] },
      ]);
    });

    it('a bad canary is rolled back, no request fails, and everything is as it was', async () => {
      const sim = await simulated(missing, (one) => {
        one.canaryErrors = 0.05;
      });
      const before = await routesOf(sim);
      const end = await driveRelease(sim);
      expect([end.phase, end.rollBack?.outcome, sim.failed]).toEqual(['RolledBack', 'rolledBack', 0]);
      expect(await routesOf(sim)).toEqual(before);
      const rule = await ruleOf(sim);
      expect(rule?.spec).toEqual(asWritten(missing));
      expect(rule?.metadata.annotations).toBeUndefined();
    });

    it('no route names a subset before it has stood for the time of propagation, nor after it is gone', async () => {
      const sim = await simulated(missing);
      const seen: { at: number; defined: readonly string[]; named: readonly string[] }[] = [];
      await driveRelease(sim, {
        each: async () => {
          const defined = ((await ruleOf(sim))?.spec.subsets ?? []).map(({ name }) => name);
          const text = JSON.stringify(await routesOf(sim));
          seen.push({ at: sim.clock.now(), defined, named: ['v1', 'v2'].filter((name) => text.includes(`"${name}"`)) });
        },
      });
      for (const subset of missing === 'canary subset' ? ['v2'] : ['v1', 'v2']) {
        const since = seen.find(({ defined }) => defined.includes(subset))?.at ?? Infinity;
        const named = seen.find((one) => one.named.includes(subset))?.at ?? -Infinity;
        expect(named - since).toBeGreaterThanOrEqual(2000);
      }
      expect(seen.every(({ defined, named }) => named.every((name) => defined.includes(name)))).toBe(true);
    });

    it('the status remembers what was added', async () => {
      const sim = await simulated(missing);
      await driveRelease(sim, { limitTicks: 2 }).catch(() => {});
      const { accepted } = await readStatus(sim);
      expect(accepted?.identity.added).toEqual(
        missing === 'canary subset' ? { subsets: [V2] } : { rule: {}, subsets: [V1, V2] },
      );
      expect(accepted?.identity.pins).toBe(missing === 'canary subset' ? undefined : true);
    });
  },
);

describe('without a DestinationRule, the canary running already', () => {
  it('users meet the canary by the open route, until that is pinned; never after', async () => {
    const sim = await simulated('DestinationRule, the canary running already');
    const canary = async () =>
      (await sim.pods())
        .filter(({ metadata }) => metadata.name.startsWith('checkout-service-v2'))
        .reduce((sum, { metadata }) => sum + sim.served(metadata.name).good, 0);
    const counts: { step: number; pinned: boolean; served: number }[] = [];
    await driveRelease(sim, {
      limitTicks: 60,
      each: async (status) => {
        const pinned = JSON.stringify(await routesOf(sim)).includes('"v1"');
        counts.push({ step: status.step?.index ?? -1, pinned, served: await canary() });
      },
    }).catch(() => {});
    expect(counts.find(({ pinned }) => !pinned)?.served).toBeGreaterThan(0);
    const baseline = counts.filter(({ step, pinned }) => pinned && step === 0).map(({ served }) => served);
    expect(baseline.length).toBeGreaterThan(3);
    // One more half second may lie between the write and what was counted.
    expect(Math.max(...baseline) - Math.min(...baseline.slice(1))).toBe(0);
  });
});

describe('what Serin added', () => {
  it('is put back when somebody removes it in the middle of a release', async () => {
    const sim = await simulated('DestinationRule');
    let removed = false;
    const end = await driveRelease(sim, {
      each: async (status) => {
        if (removed || status.step?.index !== 3) return;
        removed = true;
        await sim.objects.remove(RULE);
      },
    });
    expect(end.phase).toBe('Promoted');
    expect((await ruleOf(sim))?.spec.subsets).toEqual([V1, V2]);
  });

  it('is put back before the routes that name it, when both are gone at once', async () => {
    const sim = await simulated('DestinationRule');
    const writes: string[] = [];
    let step = 0;
    const watched: FaultPlan = ({ write, verb, ref }) => {
      if (step > 0 && write !== undefined && [ROUTE.kind, RULE.kind].includes(ref.kind))
        writes.push(`${verb} ${ref.kind}`);
      return PASS;
    };
    await driveRelease(sim, {
      limitTicks: 80,
      deps: () => sim.deps(withFaults(sim.objects, watched, sim.clock).objects),
      each: async (status) => {
        if (step > 0 || status.step?.index !== 3 || status.step.arrivedAt === undefined) return;
        step = 3;
        await sim.objects.remove(RULE);
        const route = (await sim.objects.get(ROUTE)) as VirtualService;
        await sim.objects.update({ ...route, spec: { ...route.spec, http: [OPEN] } });
      },
    }).catch(() => {});
    expect(writes.slice(0, 2)).toEqual(['create DestinationRule', 'update VirtualService']);
  });

  it('stays when somebody has made it their own, also after a roll back', async () => {
    const sim = await simulated('canary subset');
    const own = { ...V2, trafficPolicy: { loadBalancer: { simple: 'RANDOM' } } };
    let edited = false;
    await driveRelease(sim, {
      each: async (status) => {
        if (edited || status.step?.index !== 3) return;
        edited = true;
        const rule = await ruleOf(sim);
        await sim.objects.update({ ...rule, spec: { ...rule?.spec, subsets: [V1, own] } } as KubeObject);
        sim.canaryErrors = 0.5;
      },
    });
    expect((await readStatus(sim)).phase).toBe('RolledBack');
    expect((await ruleOf(sim))?.spec.subsets).toEqual([V1, own]);
    expect((await ruleOf(sim))?.metadata.annotations).toBeUndefined();
  });

  it('is taken back when the release is deleted in the middle', async () => {
    const sim = await simulated('canary subset');
    await driveRelease(sim, {
      each: async (status) => {
        const release = await sim.objects.get(RELEASE);
        if (status.step?.index === 4 && release?.metadata.deletionTimestamp === undefined)
          await sim.objects.remove(RELEASE);
      },
    }).catch(() => {});
    expect(await sim.objects.get(RELEASE)).toBeUndefined();
    expect((await ruleOf(sim))?.spec).toEqual(asWritten('canary subset'));
    expect(sim.failed).toBe(0);
  });
});

interface End {
  readonly phase: string;
  readonly specs: readonly unknown[];
  readonly failed: number;
}

interface Run {
  readonly end: End;
  /** Numbers of the writes to routes, and of the one before each: where what is added can be torn apart. */
  readonly writes: readonly number[];
  readonly killed: boolean;
}

async function run(canaryErrors: number, plan: FaultPlan): Promise<Run> {
  const sim = await simulated('DestinationRule', (one) => {
    one.canaryErrors = canaryErrors;
  });
  const processes: FaultyObjects[] = [];
  const writes = new Set<number>();
  const watched: FaultPlan = (call) => {
    if (call.write !== undefined && [ROUTE.kind, RULE.kind].includes(call.ref.kind))
      for (const write of [call.write - 1, call.write]) writes.add(write);
    return plan(call);
  };
  const { phase } = await driveRelease(sim, {
    deps: () => {
      const faulty = withFaults(sim.objects, processes.length === 0 ? watched : () => PASS, sim.clock);
      processes.push(faulty);
      return sim.deps(faulty.objects);
    },
  });
  const lists = await Promise.all([ROUTE.kind, RULE.kind].map((kind) => sim.objects.list(kind)));
  const specs = lists.flatMap(({ items }) => items.map(({ spec, metadata }) => [spec, metadata.annotations]));
  return {
    end: { phase, specs, failed: sim.failed },
    writes: [...writes],
    killed: processes[0]?.killed.aborted === true,
  };
}

// The whole matrix of writes is kill.test.ts's; here are those that a complete set of routes does not have.
describe.each([
  ['promoted', 0],
  ['rolled back', 0.05],
] as const)('a release that makes a DestinationRule and is %s', (_what, canaryErrors) => {
  it.each<KillPoint>(['before', 'answerLost', 'after'])(
    'ends the same when its controller is killed at any write to routes: %s',
    { timeout: 120_000 },
    async (point) => {
      const undisturbed = await run(canaryErrors, () => PASS);
      expect(undisturbed.writes.length).toBeGreaterThan(5);
      for (const write of undisturbed.writes) {
        const { end, killed } = await run(canaryErrors, killAtWrite(write, point));
        expect(killed, `write ${write}`).toBe(true);
        expect(end, `killed at write ${write}, ${point}`).toEqual(undisturbed.end);
      }
    },
  );
});
