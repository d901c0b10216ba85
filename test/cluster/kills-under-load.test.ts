// The operator's processes killed with SIGKILL at eight of their writes, on the whole test cluster: a real istiod, Envoy and Prometheus, and
// users at 50 requests a second in each shop. Half of the deaths are at writes of routes. Drawn by a seed (SERIN_SEED repeats it).
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/lib/random.ts';
import type { KillPoint } from '../../src/objects/faults.ts';
import type { KillOrder } from './killing-proxy.ts';
import { type MortalOperators, startMortalOperators } from './mortal-operators.ts';
import { expectNoFailure } from './no-failure.ts';
import { openScene, type Scene, TIMES } from './scene.ts';
import { openShop, promoted, type Shop } from './shop.ts';

const SEED = Number(process.env['SERIN_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const POINTS: readonly KillPoint[] = ['before', 'answerLost', 'after'];
const KILLS = 8;

let scene: Scene;
let operators: MortalOperators;
beforeAll(async () => {
  scene = await openScene();
  const flags = ['--lease-namespace', 'serin-system', '--lease-duration', '2s', '--renew-deadline', '1400ms'];
  operators = await startMortalOperators(
    scene.cluster.kubernetes,
    [...flags, '--retry-period', '300ms', '--prometheus', scene.cluster.prometheusUrl, ...TIMES],
    drawn(),
  );
});
afterAll(async () => {
  await operators?.[Symbol.asyncDispose]();
  await scene?.close();
  scene?.idle.check();
});

function drawn(): readonly KillOrder[] {
  const random = seededRandom(SEED);
  const first = Math.floor(random() * POINTS.length);
  return Array.from({ length: KILLS }, (_, index): KillOrder => {
    const point = POINTS[(first + Math.floor(index / 2)) % POINTS.length] as KillPoint;
    if (index % 2 === 0) return { write: 1, point, only: /\/virtualservices\// };
    return { write: 1 + Math.floor(random() * 5), point: POINTS[Math.floor(random() * POINTS.length)] as KillPoint };
  });
}

const ERRORS =
  'sum(rate(http_requests_total{$canary, code=~"5.."}[5s])) / sum(rate(http_requests_total{$canary}[5s])) > 0.01';
/** Fails once half of the users are on the canary; copies do not count. */
const TOO_MANY =
  'sum(rate(http_requests_total{$canary}[5s])) > 15 and sum(rate(http_requests_total{$stable}[5s])) < 35';

async function released(name: string, half: string, gates: object = {}): Promise<Shop> {
  const plan = [
    { baseline: { for: '1s' } },
    { mirror: { traffic: '100%', for: '2s' } },
    { shift: { traffic: '10%', for: '1s' } },
    { shift: { traffic: '50%', for: half } },
    { bake: { for: '1s' } },
  ];
  const policy = {
    plan,
    gates: { errors: { promql: ERRORS }, ...gates },
    minRequests: 20,
    deadline: '10m',
    cleanup: { stable: 'scaleDown', after: '1s' },
  };
  return openShop({ cluster: scene.cluster, objects: scene.objects, name, policy });
}

it(`promotes and rolls back the same without a failed user, killed eight times, seed ${SEED}`, async () => {
  await using good = await released('killed-promoted', '2s');
  await using bad = await released('killed-rolled-back', '60s', { 'too-many': { promql: TOO_MANY } });
  await scene.cluster.kubernetes.apply([...good.pipeline, ...bad.pipeline]);
  try {
    const [promotion, rollBack] = await Promise.all([good.ends(), bad.ends()]);
    expect(promotion).toMatchObject({ phase: 'Promoted', attempt: 1 });
    expect(rollBack).toMatchObject({ phase: 'RolledBack', attempt: 1, rollBack: { policy: 'gateFailed' } });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${operators.log()}`, { cause: error });
  }
  const deaths = operators.deaths();
  for (const { order, at, takenOverAfterMs } of deaths)
    console.info(`killed ${order.point}: ${at}; another leads after ${takenOverAfterMs} ms`);
  await expectNoFailure(scene, good, 'promotion, killed again and again', promoted(good.before));
  await expectNoFailure(scene, bad, 'roll back at 50 %, killed again and again', bad.before);
  expect([await good.replicas('stable'), await bad.replicas('canary')]).toEqual([0, 0]);
  expect(deaths).toHaveLength(KILLS);
  expect(new Set(deaths.map(({ order }) => order.point))).toEqual(new Set(POINTS));
});
