// Article 0 end to end on a real Kubernetes, Istio, Envoy and Prometheus, its own canary and its own queries: through `serin operator`
// and through `serin run`, each with a canary that is as good as stable and with the article's, which is slower and fails sometimes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subsetOf } from './access-log.ts';
import { failedByRouting } from './failures.ts';
import { openScene, type Scene, TIMES } from './scene.ts';
import { openShop, promoted, RELEASE, type Shop, type ShopOptions } from './shop.ts';

/** What the article's v2 does. */
const BAD = { LATENCY: '100ms-150ms', ERROR_RATE: '2%' };

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(async () => {
  await scene?.close();
  scene?.idle.check();
});

const shop = (name: string, options: Partial<ShopOptions> = {}): Promise<Shop> =>
  openShop({ cluster: scene.cluster, objects: scene.objects, name, ...options });

/** v2 has all users, v1 is gone as the policy asks, the routes differ in the subset's name. */
async function expectPromoted(shop: Shop, scenario: string, stableReplicas: number | undefined): Promise<void> {
  const { told, tally } = await shop.close();
  scene.told(scenario, tally);
  expect(failedByRouting(told)).toEqual([]);
  expect(tally.failed).toBe(0);
  expect(await shop.status()).toMatchObject({ phase: 'Promoted', attempt: 1 });
  expect(await shop.routes()).toEqual(promoted(shop.before));
  expect(await shop.replicas('stable')).toBe(stableReplicas);
  expect(await shop.replicas('canary')).toBe(2);
  // Nobody was served by v1 any more, at the end.
  expect(new Set(told.slice(-50).map(({ line }) => line && subsetOf(line)))).toEqual(new Set(['v2']));
}

/** Rolled back while it got nothing but copies: no user has met v2, and everything is as it was. */
async function expectRolledBackUnseen(shop: Shop, scenario: string): Promise<void> {
  const { told, tally } = await shop.close();
  const status = await shop.status();
  scene.told(scenario, tally, status.rollBack?.message);
  expect(failedByRouting(told)).toEqual([]);
  expect(tally.failed).toBe(0);
  expect(tally.users).toEqual({ v1: tally.requests });
  expect(status).toMatchObject({ phase: 'RolledBack', rollBack: { outcome: 'rolledBack', policy: 'gateFailed' } });
  expect(status.steps?.at(-1)).toMatchObject({ kind: 'mirror' });
  expect(await shop.routes()).toEqual(shop.before);
  expect(await shop.replicas('stable')).toBe(2);
  expect(await shop.replicas('canary')).toBe(0);
}

describe('through the operator', () => {
  it('promotes a good canary and rolls back a bad one while mirrored, side by side; stable is deleted', async () => {
    await using operator = await scene.operator();
    await using good = await shop('operator-good', { policy: { cleanup: { stable: 'delete', after: '2s' } } });
    await using bad = await shop('operator-bad', { canary: BAD });
    for (const one of [good, bad]) await scene.cluster.kubernetes.apply(one.pipeline);
    const watch = (one: Shop) => scene.serin('watch', RELEASE, '-n', one.namespace, '--timeout', '4m');
    const [promotion, rollBack] = await Promise.all([watch(good), watch(bad)]);
    expect(promotion.code, promotion.stdout).toBe(0);
    expect(rollBack.code, rollBack.stdout).toBe(1);
    expect(promotion.stdout).toMatch(/promoted +checkout-service-v2/);
    expect(rollBack.stdout).toMatch(/rolled back +checkout-service-v2/);
    await expectPromoted(good, 'article, operator, good canary', undefined);
    await expectRolledBackUnseen(bad, 'article, operator, bad canary');
    expect(operator.lines.filter(({ error }) => String(error).includes('forbidden'))).toEqual([]);
    operator.child.kill('SIGTERM');
    expect(await operator.ended).toBe(0);
  });
});

describe('through run, without an operator', () => {
  const run = (one: Shop) =>
    scene.start(
      ...['run', '-f', one.files, '-n', one.namespace, '--prometheus', scene.cluster.prometheusUrl, ...TIMES],
    );

  it('promotes a good canary and rolls back a bad one while mirrored, side by side; stable is scaled down', async () => {
    await using good = await shop('run-good');
    await using bad = await shop('run-bad', { canary: BAD });
    await using promotion = run(good);
    await using rollBack = run(bad);
    const codes = await Promise.all([promotion.ended, rollBack.ended]);
    expect(codes, `${promotion.stdout()}${promotion.stderr()}`).toEqual([0, 1]);
    await expectPromoted(good, 'article, run, good canary', 0);
    await expectRolledBackUnseen(bad, 'article, run, bad canary');
  });
});
