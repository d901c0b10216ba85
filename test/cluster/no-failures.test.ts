// No user's request fails by routing (design.md §11.4), and routes are the user's own afterwards (§11.6): a real istiod and Envoy, 50
// requests a second in each shop, one operator for all.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperatorProcess } from '../support/operator-process.ts';
import { waitFor } from '../support/wait.ts';
import { CHECKOUT } from './checkout.ts';
import { failedByRouting, tallyOf } from './failures.ts';
import { expectNoFailure } from './no-failure.ts';
import { openScene, type Scene } from './scene.ts';
import { openShop, promoted, RELEASE, type Shop } from './shop.ts';
import { startTraffic } from './traffic.ts';

let scene: Scene;
let operator: OperatorProcess;
beforeAll(async () => {
  scene = await openScene();
  operator = await scene.operator();
});
afterAll(async () => {
  await operator?.[Symbol.asyncDispose]();
  await scene?.close();
  scene?.idle.check();
});

const ERRORS =
  'sum(rate(http_requests_total{$canary, code=~"5.."}[5s])) / sum(rate(http_requests_total{$canary}[5s])) > 0.01';
/** Fails once half of the users are on the canary; copies do not count. */
const TOO_MANY =
  'sum(rate(http_requests_total{$canary}[5s])) > 15 and sum(rate(http_requests_total{$stable}[5s])) < 35';

interface Times {
  /** How long half of the users stay on the canary, at least. */
  readonly half?: string;
  readonly gates?: Readonly<Record<string, unknown>>;
}

const HALF = 2;

const policy = ({ half = '4s', gates = {} }: Times) => ({
  plan: [
    { baseline: { for: '2s' } },
    { mirror: { traffic: '100%', for: '3s' } },
    { shift: { traffic: '50%', for: half } },
    { bake: { for: '3s' } },
  ],
  gates: { errors: { promql: ERRORS }, ...gates },
  minRequests: 100,
  deadline: '10m',
  cleanup: { stable: 'scaleDown', after: '1s' },
});

/** A shop whose release is under way. */
async function released(name: string, times: Times = {}): Promise<Shop> {
  const shop = await openShop({ cluster: scene.cluster, objects: scene.objects, name, policy: policy(times) });
  await scene.cluster.kubernetes.apply(shop.pipeline);
  return shop;
}

const secondsSince = (at: number, until: number | undefined) => `${(((until ?? at) - at) / 1000).toFixed(2)} s`;

/** Half of the users are sent to a version that has no pods, as nobody should do. */
it('a user who meets nobody is seen, or the other scenarios would show nothing', async () => {
  await using shop = await openShop({ cluster: scene.cluster, objects: scene.objects, name: 'nobody' });
  const to = (subset: string) => ({ destination: { host: 'checkout-service', subset }, weight: 50 });
  const http = [{ name: 'checkout', route: [to('v1'), to('v2')] }];
  const patch = JSON.stringify({ spec: { http } });
  const { kubectl } = scene.cluster.kubernetes;
  await kubectl('patch', 'virtualservice', 'checkout-service', '-n', 'nobody', '--type=merge', '-p', patch);
  const { told, tally } = await shop.close();
  scene.told('half of the users sent to nobody', tally);
  expect(tally.failed).toBeGreaterThan(10);
  expect(failedByRouting(told)).toHaveLength(tally.failed);
  expect(failedByRouting(told)[0]?.line).toMatchObject({ code: 503, flags: 'UH' });
});

describe.concurrent('no user request fails by routing', () => {
  it('when a canary is promoted, neither at the gateway nor at a caller with a proxy of its own', async () => {
    // The one namespace that the caller's proxy listens for.
    await using shop = await released(CHECKOUT.namespace);
    const { client: envoy, clientUrl: url } = scene.cluster;
    await using callers = await startTraffic({
      cluster: scene.cluster,
      host: 'checkout-service',
      entry: { url, envoy },
    });
    expect(await shop.ends()).toMatchObject({ phase: 'Promoted', attempt: 1 });
    await expectNoFailure(scene, shop, 'promote', promoted(shop.before));
    const told = await callers.stop();
    const tally = tallyOf(told);
    scene.told("promote, at a caller's own proxy", tally);
    expect(failedByRouting(told)).toEqual([]);
    expect(tally).toMatchObject({ failed: 0, users: { v1: expect.any(Number), v2: expect.any(Number) } });
  });

  it('when a gate fails at 50 % and the release is rolled back', async () => {
    await using shop = await released('rolled-back', { half: '60s', gates: { 'too-many': { promql: TOO_MANY } } });
    await shop.arrivesAt(HALF);
    const status = await shop.ends();
    expect(status).toMatchObject({ phase: 'RolledBack', rollBack: { outcome: 'rolledBack', policy: 'gateFailed' } });
    expect(await shop.replicas('canary')).toBe(0);
    await expectNoFailure(scene, shop, 'roll back at 50 %', shop.before);
  });

  it('when somebody aborts at 50 %', async () => {
    await using shop = await released('aborted', { half: '60s' });
    await shop.arrivesAt(HALF);
    await shop.traffic.more(100);
    const at = Date.now();
    expect((await scene.serin('abort', RELEASE, '-n', shop.namespace)).code).toBe(0);
    expect(await shop.ends()).toMatchObject({ phase: 'RolledBack', rollBack: { outcome: 'aborted' } });
    expect(await shop.replicas('canary')).toBe(0);
    const { lastOnCanary } = await expectNoFailure(scene, shop, 'abort at 50 %', shop.before);
    console.info(`abort at 50 %: last user on the canary ${secondsSince(at, lastOnCanary)} after the order was given`);
  });

  it('when somebody promotes by hand', async () => {
    await using shop = await released('by-hand', { half: '60s' });
    await shop.arrivesAt(HALF);
    const order = await scene.serin('promote', RELEASE, '-n', shop.namespace, '--reason', 'tested by hand');
    expect(order.code).toBe(0);
    expect(await shop.ends(40_000)).toMatchObject({ phase: 'Promoted', attempt: 1 });
    await expectNoFailure(scene, shop, 'promote by hand at 50 %', promoted(shop.before));
  });

  it('when the canary gets a new template at 50 %', async () => {
    await using shop = await released('new-template', { half: '10s' });
    await shop.arrivesAt(HALF);
    await shop.traffic.more(100);
    const { kubectl } = scene.cluster.kubernetes;
    await kubectl('set', 'env', 'deployment/checkout-service-v2', '-n', shop.namespace, 'FIXED=yes');
    await waitFor('a new attempt', async () => (await shop.status()).attempt === 2, 30_000, 100);
    expect(await shop.ends()).toMatchObject({ phase: 'Promoted', attempt: 2 });
    await expectNoFailure(scene, shop, 'new canary template at 50 %', promoted(shop.before));
  });

  it('when the pods of stable are restarted at 50 %', async () => {
    await using shop = await released('restarted', { half: '20s' });
    await shop.arrivesAt(HALF);
    const { kubectl } = scene.cluster.kubernetes;
    const of = ['deployment/checkout-service-v1', '-n', shop.namespace];
    await kubectl('rollout', 'restart', ...of);
    await kubectl('rollout', 'status', ...of, '--timeout=60s');
    expect((await shop.status()).step?.index).toBe(HALF);
    expect(await shop.ends()).toMatchObject({ phase: 'Promoted', attempt: 1 });
    await expectNoFailure(scene, shop, 'stable restarted at 50 %', promoted(shop.before));
  });
});
