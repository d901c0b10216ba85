// Scenarios of the rivals on a real istiod and Envoy, with users at 50 requests a second (docs/reference/comparison.md).
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { DestinationRule, HTTPRoute, VirtualService, VirtualServiceSpec } from '../../src/api/istio.ts';
import { type KubeObject, type ObjectRef, refOf } from '../../src/api/object.ts';
import { startLoad } from '../../src/load/load.ts';
import type { ReleaseStatus } from '../../src/release/status.ts';
import { subsetOf } from './access-log.ts';
import { CHECKOUT, checkoutObjects, firstAnswer } from './checkout.ts';
import { startTestCluster, type TestCluster } from './cluster.ts';
import { createDriver, type Driver, ENOUGH } from './drive.ts';
import { startTraffic, type Told } from './traffic.ts';

const { namespace, host } = CHECKOUT;
const SERVICE = 'checkout-service';
const FQDN = `${SERVICE}.${namespace}.svc.cluster.local`;
const REF: ObjectRef = { kind: 'Release', namespace, name: 'scenario' };
const RULE: ObjectRef = { kind: 'DestinationRule', namespace, name: SERVICE };
const to = (subset?: string): HTTPRoute => ({
  timeout: '3s',
  retries: { attempts: 0 },
  route: [{ destination: { host: FQDN, ...(subset && { subset }) } }],
});

let cluster: TestCluster;
let driver: Driver;
beforeAll(async () => {
  cluster = await startTestCluster({ cwd: CHECKOUT.folder, namespace });
  driver = await createDriver(cluster);
});
afterEach(async () => {
  const gone = ['release,virtualservice,destinationrule,deployment', '--all', '--all-namespaces', '--ignore-not-found'];
  await driver.objects
    .list('Release', namespace)
    .then(({ items }) =>
      Promise.all(
        items.map(({ metadata }) =>
          cluster.kubernetes.kubectl(
            'patch',
            'release',
            metadata.name,
            '-n',
            namespace,
            '--type=merge',
            '-p',
            '{"metadata":{"finalizers":[]}}',
          ),
        ),
      ),
    );
  await cluster.kubernetes.kubectl('delete', ...gone);
});
afterAll(async () => {
  await driver?.close();
  await cluster?.stop();
});

const routes = (name: string, spec: VirtualServiceSpec, where: string = namespace): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: where },
  spec,
});

const ANYWHERE = { hosts: [SERVICE, host], gateways: ['mesh', 'checkout'] };

interface Stage {
  readonly routes: readonly KubeObject[];
  readonly rule?: boolean;
  /** Pods of the canary before the release. */
  readonly canary?: number;
}

/** Deployments, Service, Gateway as the example has them; routes and rule as the scenario has them. */
async function stage({ routes: all, rule = true, canary = 0 }: Stage): Promise<void> {
  const objects = checkoutObjects()
    .filter(({ kind }) => kind !== 'VirtualService' && (rule || kind !== 'DestinationRule'))
    .map((object) => {
      if (object.kind !== 'Deployment') return object;
      const replicas = object.metadata.name.endsWith('v2') ? canary : 2;
      return { ...object, spec: { ...(object.spec as object), replicas } };
    });
  await cluster.kubernetes.apply([...objects, ...all]);
  for (const version of ['v1', 'v2'])
    await cluster.kubernetes.kubectl('rollout', 'status', '-n', namespace, `deployment/${SERVICE}-${version}`);
}

const ERRORS =
  'sum(rate(http_requests_total{$canary,code=~"5.."}[10s])) / sum(rate(http_requests_total{$canary}[10s])) > 0.05';
const PLAN = [
  { baseline: { for: '2s' } },
  { mirror: { traffic: '100%', methods: 'all', for: '4s' } },
  { shift: { traffic: '50%', for: '4s' } },
  { bake: { for: '3s' } },
];

const release = (plan: readonly object[] = PLAN): Promise<unknown> =>
  cluster.kubernetes.apply([
    {
      apiVersion: 'serin.dev/v1alpha1',
      kind: 'Release',
      metadata: { name: REF.name, namespace },
      spec: {
        service: SERVICE,
        canary: { deployment: `${SERVICE}-v2` },
        plan,
        gates: { errors: { promql: ERRORS } },
        minRequests: 100,
        deadline: '10m',
        cleanup: { stable: 'scaleDown', after: '1s' },
      },
    },
  ]);

const order = (spec: object): Promise<string> =>
  cluster.kubernetes.kubectl(
    'patch',
    'release',
    REF.name,
    '-n',
    namespace,
    '--type=merge',
    '-p',
    JSON.stringify({ spec }),
  );

/** Gives the order once, when that step has been reached. */
const when = (step: number, act: () => Promise<unknown>) => {
  let done = false;
  return async (status: ReleaseStatus) => {
    if (done || status.step?.index !== step || status.step.arrivedAt === undefined) return;
    done = true;
    await act();
  };
};

const subsets = (told: readonly Told[]) => new Set(told.map(({ line }) => line && subsetOf(line)));
const specs = async () => {
  const { items } = await driver.objects.list('VirtualService');
  return (items as unknown as readonly VirtualService[]).map((one) => [refOf(one).name, one.spec] as const);
};
const rule = async () => (await driver.objects.get(RULE)) as DestinationRule | undefined;

it('without a DestinationRule, and routes that name no subset: a good canary is promoted, and no user request fails', async () => {
  await stage({ routes: [routes('shop', { ...ANYWHERE, http: [to()] })], rule: false });
  await firstAnswer(cluster, host);
  const traffic = await startTraffic({ cluster, host });
  await release();
  const end = await driver.drive(REF);
  await traffic.more(100);
  const told = await traffic.stop();
  expect(traffic.failed()).toEqual([]);
  expect(end.phase).toBe('Promoted');
  expect([...subsets(told)].sort()).toEqual(['', 'v1', 'v2']);
  expect(await specs()).toEqual([['shop', { ...ANYWHERE, http: [to('v2')] }]]);
  const made = await rule();
  expect(made?.spec.subsets?.map(({ name }) => name)).toEqual(['v1', 'v2']);
  expect(made?.metadata.annotations).toMatchObject({
    'serin.dev/added-rule': 'true',
    'serin.dev/added-subsets': 'v1,v2',
  });
});

it('without a DestinationRule: aborted at half of the traffic, everything is as it was, and no user request fails', async () => {
  await stage({ routes: [routes('shop', { ...ANYWHERE, http: [to()] })], rule: false });
  await firstAnswer(cluster, host);
  const before = await specs();
  const traffic = await startTraffic({ cluster, host });
  await release();
  const end = await driver.drive(
    REF,
    when(2, () => order({ aborted: true })),
  );
  await traffic.more(100);
  const told = await traffic.stop();
  expect(traffic.failed()).toEqual([]);
  expect([end.phase, end.rollBack?.outcome]).toEqual(['RolledBack', 'aborted']);
  expect(subsets(told)).toContain('v2');
  expect(await specs()).toEqual(before);
  expect(await rule()).toBeUndefined();
});

it('delegation and several VirtualServices in two namespaces: promoted alike, and no user request fails', async () => {
  await stage({
    routes: [
      routes('inner', { hosts: [SERVICE], http: [to('v1')] }),
      routes(
        'root',
        { hosts: [host], gateways: [`${namespace}/checkout`], http: [{ delegate: { name: 'pay', namespace } }] },
        'istio-ingress',
      ),
      routes('pay', { http: [{ name: 'pay', ...to('v1') }] }),
    ],
  });
  await firstAnswer(cluster, host);
  const traffic = await startTraffic({ cluster, host });
  await release();
  const end = await driver.drive(REF);
  await traffic.more(50);
  const told = await traffic.stop();
  expect(traffic.failed()).toEqual([]);
  expect([end.phase, [...subsets(told)].sort()]).toEqual(['Promoted', ['v1', 'v2']]);
  expect(await specs()).toEqual([
    ['root', { hosts: [host], gateways: [`${namespace}/checkout`], http: [{ delegate: { name: 'pay', namespace } }] }],
    ['inner', { hosts: [SERVICE], http: [to('v2')] }],
    ['pay', { http: [{ name: 'pay', ...to('v2') }] }],
  ]);
});

it('A/B by cookie: those with the cookie reach the canary, and nobody else does', async () => {
  await stage({ routes: [routes('shop', { ...ANYWHERE, http: [to('v1')] })] });
  await firstAnswer(cluster, host);
  const cookie = { headers: { cookie: { regex: '^(.*?;)?(type=insider)(;.*)?$' } } };
  await release([{ baseline: { for: '2s' } }, { preview: { for: '5s', match: [cookie] } }, ...PLAN.slice(1)]);
  await driver.drive(REF, async (status) => (status.step?.index === 1 && status.step.arrivedAt ? ENOUGH : undefined));
  const plain = await startTraffic({ cluster, host, rate: 25 });
  const insiders = await startTraffic({
    cluster,
    host,
    rate: 25,
    shapes: [{ headers: { cookie: 'a=b;type=insider' } }],
  });
  await insiders.more(100);
  const [others, own] = [await plain.stop(), await insiders.stop()];
  expect([plain.failed(), insiders.failed()]).toEqual([[], []]);
  expect([[...subsets(others)], [...subsets(own)]]).toEqual([['v1'], ['v2']]);
  await order({ aborted: true });
  await driver.drive(REF);
  expect(await specs()).toEqual([['shop', { ...ANYWHERE, http: [to('v1')] }]]);
});

it('a writer that puts its own routes back every five seconds: RouteContested within a minute, and no user request fails', async () => {
  const own = { ...ANYWHERE, http: [to('v1')] };
  await stage({ routes: [routes('shop', own)] });
  await firstAnswer(cluster, host);
  const traffic = await startTraffic({ cluster, host });
  await release([...PLAN.slice(0, 2), { shift: { traffic: '50%', for: '3m' } }]);
  let first: number | undefined;
  let last = 0;
  let heldAt: number | undefined;
  await driver.drive(REF, async (status) => {
    const now = performance.now();
    if (status.holding?.reason === 'RouteContested') {
      heldAt ??= now;
      return ENOUGH;
    }
    if (status.step?.index !== 2 || status.step.arrivedAt === undefined || now - last < 5000) return undefined;
    first ??= now;
    last = now;
    const patch = JSON.stringify({ spec: own });
    await cluster.kubernetes.kubectl('patch', 'virtualservice', 'shop', '-n', namespace, '--type=merge', '-p', patch);
    return undefined;
  });
  expect((heldAt ?? Infinity) - (first ?? 0)).toBeLessThan(60_000);
  await order({ aborted: true });
  const end = await driver.drive(REF);
  await traffic.stop();
  expect([end.phase, traffic.failed()]).toEqual(['RolledBack', []]);
});

it('a VirtualService that binds gateways only: callers inside reach the canary, and the release is held with that cause', async () => {
  await stage({ routes: [routes('outer', { hosts: [host], gateways: ['checkout'], http: [to('v1')] })], canary: 1 });
  await firstAnswer(cluster, host);
  const inside = await startLoad({
    url: cluster.clientUrl,
    rate: 20,
    timeoutMs: 5000,
    shapes: [{ headers: { host: FQDN } }],
  });
  await release();
  const held = await driver.drive(REF, (status) => (status.holding?.reason === 'TrafficLeak' ? ENOUGH : undefined));
  expect(held.step?.index).toBe(0);
  expect(held.holding?.message).toContain(
    `Service ${SERVICE} selects the pods of both versions and the VirtualService outer binds gateways only: callers inside the mesh reach ${SERVICE}-v2 by the Service`,
  );
  await inside.stop();
  await inside.close();
  await order({ aborted: true });
  await driver.drive(REF);
});
