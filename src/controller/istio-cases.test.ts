// Istio's cases on memory objects, with users: gateways, delegates, several VirtualServices, writers beside us, leaks with a cause.
import { describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { type Drive, driveRelease, RELEASE, readStatus } from '../../test/support/drive-release.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { DestinationRule, HTTPRoute, VirtualService, VirtualServiceSpec } from '../api/istio.ts';
import { type KubeObject, refOf } from '../api/object.ts';
import { type Call, type Fault, PASS, withFaults } from '../objects/faults.ts';
import type { ReleaseStatus } from '../release/status.ts';
import { weightOf } from '../routing/pair.ts';
import { takeTurn } from './turn.ts';

const HOST = 'checkout-service.prod.svc.cluster.local';
const STABLE: HTTPRoute = { timeout: '1s', route: [{ destination: { host: HOST, subset: 'v1' } }] };

const routes = (name: string, spec: VirtualServiceSpec, namespace = 'prod'): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace },
  spec,
});

/** Inside and outside, each with a VirtualService of its own, the outer one by a delegate in another namespace. */
const SEVERAL: readonly KubeObject[] = [
  routes('inner', { hosts: ['checkout-service'], http: [STABLE] }),
  routes(
    'root',
    {
      hosts: ['shop.example.com'],
      gateways: ['ingress/gw'],
      http: [{ match: [{ uri: { prefix: '/pay' } }], delegate: { name: 'pay', namespace: 'prod' } }],
    },
    'shop',
  ),
  routes('pay', { http: [{ name: 'card', ...STABLE, retries: { attempts: 1 } }] }),
  routes('web', { hosts: ['web'], gateways: ['ingress/gw', 'mesh'], http: [{ name: 'web', ...STABLE }] }, 'web'),
];

async function simulated(
  virtualServices: readonly KubeObject[],
  change: (object: KubeObject) => KubeObject = (object) => object,
): Promise<SimCluster> {
  const sim = new SimCluster();
  const others = checkoutObjects().filter(({ kind }) => kind !== 'VirtualService');
  await sim.create([...[...others, ...virtualServices].map(change), checkoutRelease()]);
  for (let ticks = 0; ticks < 6; ticks++) await sim.pass();
  sim.failed = 0;
  return sim;
}

const all = async (sim: SimCluster) =>
  (await sim.objects.list('VirtualService')).items as unknown as readonly VirtualService[];
const specs = async (sim: SimCluster) => (await all(sim)).map(({ spec }) => spec);
const named = async (sim: SimCluster, name: string) =>
  (await all(sim)).find(({ metadata }) => metadata.name === name) as VirtualService;

/** The canary's weight in a thousandth of the pair, on each route that leads to it. */
const shares = (services: readonly VirtualService[]): number[] =>
  services.flatMap(({ spec }) =>
    (spec.http ?? []).flatMap(({ route = [] }) => {
      const weight = (subset: string) =>
        route
          .filter((one) => one.destination.subset === subset)
          .reduce((sum, one) => sum + (route.length === 1 ? 1 : weightOf(one)), 0);
      const [stable, canary] = [weight('v1'), weight('v2')];
      return stable + canary === 0 ? [] : [Math.round((canary / (stable + canary)) * 1000)];
    }),
  );

describe('several VirtualServices of one service: mesh, gateway, delegate, other namespaces', () => {
  it('are all steered alike at every step, and all promoted', async () => {
    const sim = await simulated(SEVERAL);
    const before = await specs(sim);
    const seen = new Set<string>();
    const end = await driveRelease(sim, { each: async () => void seen.add(JSON.stringify(shares(await all(sim)))) });
    expect([end.phase, sim.failed]).toEqual(['Promoted', 0]);
    expect([...seen].filter((text) => new Set(JSON.parse(text) as number[]).size > 1)).toEqual([]);
    expect([...seen]).toEqual(
      expect.arrayContaining(['[0,0,0]', '[100,100,100]', '[500,500,500]', '[1000,1000,1000]']),
    );
    expect(await specs(sim)).toEqual(JSON.parse(JSON.stringify(before).replaceAll('"v1"', '"v2"')));
  });

  it('are all as they were after a roll back', async () => {
    const sim = await simulated(SEVERAL);
    sim.canaryErrors = 0.05;
    const before = await specs(sim);
    const end = await driveRelease(sim);
    expect([end.phase, sim.failed]).toEqual(['RolledBack', 0]);
    expect(await specs(sim)).toEqual(before);
  });

  it('are all dry-run before the first is written: one refusal, and none is', async () => {
    const sim = await simulated(SEVERAL);
    const isDryRun = ({ verb, write, ref }: Call) =>
      verb === 'update' && write === undefined && ref.kind === 'VirtualService';
    const refused = new Set<string>();
    const plan = (call: Call): Fault => {
      if (!isDryRun(call) || call.ref.name !== 'web') return PASS;
      refused.add(call.ref.name);
      return { kind: 'fail', reason: 'Unavailable' };
    };
    const versions = async () => (await all(sim)).map(({ metadata }) => metadata.generation);
    const before = await versions();
    await driveRelease(sim, {
      limitTicks: 60,
      deps: () => sim.deps(withFaults(sim.objects, plan, sim.clock).objects),
    }).catch(() => {});
    expect([...refused]).toEqual(['web']);
    expect(await versions()).toEqual(before);
  });

  it('of which one could not be written are all as wanted a turn later', async () => {
    const sim = await simulated(SEVERAL);
    let failures = 0;
    const plan = (call: Call): Fault => {
      if (call.write === undefined || call.verb !== 'update' || call.ref.name !== 'pay') return PASS;
      failures += 1;
      return failures % 2 === 1 ? { kind: 'fail', reason: 'Unavailable' } : PASS;
    };
    const uneven: number[][] = [];
    const end = await driveRelease(sim, {
      deps: () => sim.deps(withFaults(sim.objects, plan, sim.clock).objects),
      each: async () => {
        const now = shares(await all(sim));
        if (new Set(now).size > 1) uneven.push(now);
      },
    });
    expect([end.phase, sim.failed]).toEqual(['Promoted', 0]);
    expect(failures).toBeGreaterThan(4);
    expect(uneven.length).toBeGreaterThan(0);
    // Each was half written for one tick, never for two.
    expect(new Set(uneven.map(String)).size).toBe(uneven.length);
  });
});

describe('a Service with several ports', () => {
  it('keeps each route’s own port beside both versions', async () => {
    const ports = [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'http-admin', port: 8081, targetPort: 8080 },
    ];
    const on = (number: number): HTTPRoute => ({
      match: [{ port: number }],
      route: [{ destination: { host: HOST, subset: 'v1', port: { number } } }],
    });
    const sim = await simulated(
      [routes('checkout-service', { hosts: ['checkout-service'], http: [on(80), on(8081)] })],
      (object) => (object.kind === 'Service' ? { ...object, spec: { ...(object.spec as object), ports } } : object),
    );
    const seen = new Set<string>();
    const end = await driveRelease(sim, {
      each: async () => {
        for (const [index, route] of ((await named(sim, 'checkout-service')).spec.http ?? []).entries()) {
          for (const { destination } of [
            ...(route.route ?? []),
            ...(route.mirror ? [{ destination: route.mirror }] : []),
          ])
            seen.add(`${index} ${destination.subset} ${destination.port?.number}`);
        }
      },
    });
    expect([end.phase, sim.failed]).toEqual(['Promoted', 0]);
    expect([...seen].sort()).toEqual(['0 v1 80', '0 v2 80', '1 v1 8081', '1 v2 8081']);
  });
});

describe('subsets and edits that are not Serin’s', () => {
  it('are kept through the release and after its end, whoever wrote them and when', async () => {
    const v0 = { name: 'v0', labels: { version: 'v0' }, trafficPolicy: { loadBalancer: { simple: 'RANDOM' } } };
    const sim = await simulated(SEVERAL, (object) => {
      if (object.kind !== 'DestinationRule') return object;
      const spec = object.spec as DestinationRule['spec'];
      return { ...object, spec: { ...spec, subsets: [v0, ...(spec.subsets ?? [])] } };
    });
    const added: HTTPRoute = {
      name: 'mine',
      match: [{ uri: { prefix: '/mine' } }],
      route: [{ destination: { host: 'mine' } }],
    };
    let edited = false;
    const end = await driveRelease(sim, {
      each: async (status) => {
        if (edited || status.step?.index !== 4) return;
        edited = true;
        const inner = await named(sim, 'inner');
        const http = [
          added,
          ...(inner.spec.http ?? []).map((route) => ({ ...route, retries: { attempts: 3 } })),
        ].toReversed();
        await sim.objects.update({ ...inner, spec: { ...inner.spec, http } });
        const [rule] = (await sim.objects.list('DestinationRule')).items as unknown as [DestinationRule];
        const trafficPolicy = { loadBalancer: { simple: 'ROUND_ROBIN' as const } };
        await sim.objects.update({ ...rule, spec: { ...rule.spec, trafficPolicy } });
      },
    });
    expect([end.phase, end.route?.overwrites, sim.failed]).toEqual(['Promoted', undefined, 0]);
    const [promoted, mine] = (await named(sim, 'inner')).spec.http ?? [];
    expect(mine).toEqual(added);
    expect(promoted).toMatchObject({
      timeout: '1s',
      retries: { attempts: 3 },
      route: [{ destination: { subset: 'v2' } }],
    });
    const [rule] = (await sim.objects.list('DestinationRule')).items as unknown as [DestinationRule];
    expect(rule.spec.subsets?.[0]).toEqual(v0);
    expect(rule.spec.trafficPolicy).toEqual({ loadBalancer: { simple: 'ROUND_ROBIN' } });
  });
});

describe('what is refused at acceptance', () => {
  const refusedBy = async (sim: SimCluster) => {
    const end = await driveRelease(sim, { limitTicks: 5 });
    const [problem] = end.problems ?? [];
    return [end.phase, problem?.code, problem?.message] as const;
  };

  it('are two VirtualServices for one host on one gateway, with both names', async () => {
    const shared = { hosts: ['shop.example.com'], gateways: ['ingress/gw'], http: [STABLE] };
    const [phase, code, message] = await refusedBy(await simulated([routes('one', shared), routes('two', shared)]));
    expect([phase, code]).toEqual(['Rejected', 'SRN1215']);
    expect(message).toContain('VirtualService/prod/one and VirtualService/prod/two');
    const status = await simulated([routes('one', shared), routes('two', shared)]).then(async (sim) => {
      await driveRelease(sim, { limitTicks: 5 });
      return readStatus(sim);
    });
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Accepted', status: 'False' }));
  });

  it('is ambient mode without a waypoint', async () => {
    const namespace: KubeObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'prod', labels: { 'istio.io/dataplane-mode': 'ambient' } },
    };
    const [phase, code] = await refusedBy(await simulated([...SEVERAL, namespace]));
    expect([phase, code]).toEqual(['Rejected', 'SRN1503']);
  });

  it('is a DestinationRule beside callers that hides a subset', async () => {
    const near: KubeObject = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'near', namespace: 'shop' },
      spec: { host: HOST, subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
    };
    const [phase, code] = await refusedBy(await simulated([...SEVERAL, near]));
    expect([phase, code]).toEqual(['Rejected', 'SRN1216']);
  });
});

describe('requests that reach the canary past the routes, in the baseline', () => {
  /** The canary's pods run already; something calls them. */
  async function leaking(
    virtualServices: readonly KubeObject[],
    others: readonly KubeObject[] = [],
  ): Promise<ReleaseStatus> {
    const sim = await simulated([...virtualServices, ...others], (object) =>
      object.metadata.name === 'checkout-service-v2'
        ? { ...object, spec: { ...(object.spec as object), replicas: 1 } }
        : object,
    );
    sim.leak = 20;
    return driveRelease(sim, { limitTicks: 40 }).catch(() => readStatus(sim));
  }
  const outer = { hosts: ['shop.example.com'], gateways: ['ingress/gw'], http: [STABLE] };

  it('hold the release with the cause that the objects show: gateways only', async () => {
    const { step, holding } = await leaking([routes('outer', outer)]);
    expect([step?.index, holding?.reason]).toEqual([0, 'TrafficLeak']);
    expect(holding?.message).toContain(
      'Service checkout-service selects the pods of both versions and the VirtualService outer binds gateways only: callers inside the mesh reach checkout-service-v2 by the Service',
    );
  });

  it('hold the release with the cause that the objects show: other hosts, another Service', async () => {
    const hosts = await leaking([routes('outer', { ...outer, gateways: ['ingress/gw', 'mesh'] })]);
    expect(hosts.holding?.message).toContain('outer is for other hosts than the Service');
    const everything: KubeObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'everything', namespace: 'prod' },
      spec: { selector: { app: 'checkout-service' }, ports: [{ port: 80, targetPort: 8080 }] },
    };
    const second = await leaking([routes('inner', { hosts: ['checkout-service'], http: [STABLE] })], [everything]);
    expect(second.holding?.message).toContain('Service everything selects the pods of checkout-service-v2 too');
  });

  it('are said to be those of callers without a proxy where the objects show nothing', async () => {
    const { holding } = await leaking([routes('inner', { hosts: ['checkout-service'], http: [STABLE] })]);
    expect(holding?.message).toContain('the callers have no proxy of the mesh (not injected');
  });
});

describe('a writer that puts its own routes back, like Argo CD', () => {
  const OWN = { hosts: ['checkout-service'], http: [STABLE] };

  /** With a live step that lasts longer than any quarrel here. */
  const patient = (object: KubeObject): KubeObject => {
    if (object.kind !== 'ReleasePolicy') return object;
    const { plan, ...rest } = object.spec as { plan: { shift?: object }[] };
    const longer = plan.map((step) => (step.shift === undefined ? step : { shift: { ...step.shift, for: '3m' } }));
    return { ...object, spec: { ...rest, plan: longer, deadline: '30m' } };
  };

  /** From the first live step on, every so many ticks; calls `check` after every tick. */
  async function contest(everyTicks: number, check: (sim: SimCluster) => Promise<void> = async () => {}) {
    const sim = await simulated([routes('inner', OWN)], patient);
    const written = (await named(sim, 'inner')).spec;
    let ticks = 0;
    let first: number | undefined;
    let heldAt: number | undefined;
    const drive: Drive = {
      limitTicks: 200,
      each: async (status) => {
        await check(sim);
        if (status.holding?.reason === 'RouteContested') heldAt ??= sim.clock.now();
        if ((status.step?.index ?? 0) < 3 || heldAt !== undefined || ++ticks % everyTicks !== 0) return;
        first ??= sim.clock.now();
        const inner = await named(sim, 'inner');
        await sim.objects.update({ ...inner, spec: written });
      },
    };
    await driveRelease(sim, drive).catch(() => {});
    return { sim, afterMs: (heldAt ?? Infinity) - (first ?? 0) };
  }

  it.each([2, 10, 40])(
    'is told of as RouteContested within a minute, at a change every %s half seconds',
    async (everyTicks) => {
      const { afterMs } = await contest(everyTicks);
      expect(afterMs).toBeLessThanOrEqual(60_000);
    },
  );

  it('leads no user to a version without ready pods, and fails none', async () => {
    const { sim } = await contest(10, async (one) => {
      const pods = await one.pods();
      const ready = (version: string) =>
        pods.some(
          ({ metadata, status }) =>
            metadata.labels?.['version'] === version &&
            status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
        );
      const live = shares(await all(one));
      for (const share of live) {
        if (share > 0) expect(ready('v2')).toBe(true);
        if (share < 1000) expect(ready('v1')).toBe(true);
      }
    });
    expect(sim.failed).toBe(0);
  });

  it('that is faster than we can look is told of too', async () => {
    const sim = await simulated([routes('inner', OWN)]);
    const written = (await named(sim, 'inner')).spec;
    const reverting: typeof sim.objects = {
      ...sim.objects,
      update: async (object, options) => {
        const answer = await sim.objects.update(object, options);
        if (options?.dryRun || object.kind !== 'VirtualService') return answer;
        return sim.objects.update({ ...answer, spec: written });
      },
    };
    const deps = sim.deps(reverting);
    let status = await readStatus(sim);
    for (let ticks = 0; ticks < 120 && status.holding?.reason !== 'RouteContested'; ticks++) {
      await sim.pass();
      await takeTurn(RELEASE, deps);
      status = await readStatus(sim);
    }
    const held = status.holding?.message;
    expect(held).toContain('our routes have not stood once');
    expect(sim.failed).toBe(0);
  });

  it('keeps the old stable running after a promotion that it may undo', async () => {
    const sim = await simulated([routes('inner', OWN)]);
    let reverted = false;
    const end = await driveRelease(sim, {
      each: async (status) => {
        if (reverted || status.phase !== 'CleaningUp') return;
        reverted = true;
        const inner = await named(sim, 'inner');
        await sim.objects.update({ ...inner, spec: { ...inner.spec, http: [STABLE] } });
      },
    });
    expect(end.phase).toBe('Promoted');
    expect(end.conditions).toContainEqual(expect.objectContaining({ type: 'ScaleDownWithheld', status: 'True' }));
    const stable = await sim.objects.get({ kind: 'Deployment', namespace: 'prod', name: 'checkout-service-v1' });
    expect(stable?.spec).toMatchObject({ replicas: 2 });
  });
});

describe('a release among others', () => {
  it('names the objects that it may write in its status, and writes no other', async () => {
    const sim = await simulated([
      ...SEVERAL,
      routes('other', { hosts: ['other'], http: [{ route: [{ destination: { host: 'other' } }] }] }),
    ]);
    const before = await named(sim, 'other');
    await driveRelease(sim);
    const { accepted } = await readStatus(sim);
    expect(accepted?.identity.virtualServices.map(({ name }) => name)).toEqual(['inner', 'pay', 'root', 'web']);
    expect(await named(sim, 'other')).toEqual(before);
    expect(refOf(before).name).toBe('other');
  });
});
