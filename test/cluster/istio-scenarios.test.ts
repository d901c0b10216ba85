// Scenarios of the rivals on a real istiod and Envoy (docs/reference/comparison.md): each a release of one operator, with users of its
// own at 50 requests a second. Several play at once, each on a service of its own.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DestinationRule, VirtualServiceSpec } from '../../src/api/istio.ts';
import { startLoad } from '../../src/load/load.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { waitFor } from '../support/wait.ts';
import { CHECKOUT } from './checkout.ts';
import {
  BAKE,
  BASELINE,
  HALF,
  LONG,
  MIRROR,
  promoted,
  routesRef,
  spec,
  subsets,
  to,
  WHOLE,
  ways,
} from './scenario-parts.ts';
import * as plans from './scenario-plans.ts';
import { openScene, type Scene } from './scene.ts';
import { createStages, SECOND_PORT, type Stage, type StagePlan, type Stages } from './stages.ts';

const { namespace } = CHECKOUT;

let scene: Scene;
let stages: Stages;
let operator: OperatorProcess;
beforeAll(async () => {
  scene = await openScene();
  stages = await createStages(scene.cluster, scene.objects);
  operator = await scene.operator();
});
afterAll(async () => {
  await operator?.[Symbol.asyncDispose]();
  stages?.close();
  await scene?.close();
  scene?.idle.check();
});

/** Plays beside others. */
function scenario(service: string, sentence: string, plan: StagePlan, play: (stage: Stage) => Promise<void>): void {
  it.concurrent(sentence, async () => {
    const stage = await stages.set(service, plan);
    try {
      await play(stage);
    } finally {
      await stage.clear();
    }
  });
}

scenario(
  'contested',
  'a writer that puts its own routes back, as Argo CD does: RouteContested within a minute, and no user request fails',
  plans.PLAIN,
  async ({ service, users, begin, holds, order, ends, spec: read, edit }) => {
    const own = (await read('VirtualService')) as VirtualServiceSpec;
    const traffic = await users();
    let first: number | undefined;
    const heal = async () => {
      if (JSON.stringify(await read('VirtualService')) !== JSON.stringify(own)) {
        first ??= performance.now();
        await edit(routesRef(service), () => own);
      }
    };
    // A sync that fails is tried again at the next.
    const quarrel = setInterval(() => void heal().catch(() => {}), 5000);
    await begin(WHOLE);
    await holds('RouteContested');
    clearInterval(quarrel);
    expect(performance.now() - (first ?? 0)).toBeLessThan(60_000);
    await order({ aborted: true });
    const end = await ends();
    await traffic.stop();
    expect([end.rollBack?.outcome, traffic.failed()]).toEqual(['aborted', []]);
    expect(await read('VirtualService')).toEqual(own);
  },
);

scenario(
  'delegates',
  'delegation from a root in another namespace: the delegate is steered, the root is left alone, no user request fails',
  plans.DELEGATED,
  async ({ service, users, begin, ends, spec: read }) => {
    const root = await read('VirtualService', 'delegates-root', 'edge');
    const before = await read('VirtualService', service);
    const traffic = await users();
    await begin(WHOLE);
    const end = await ends();
    await traffic.more(50);
    const told = await traffic.stop();
    expect([end.phase, traffic.failed(), subsets(told)]).toEqual(['Promoted', [], ['v1', 'v2']]);
    expect(await read('VirtualService', 'delegates-root', 'edge')).toEqual(root);
    expect(await read('VirtualService', service)).toEqual(promoted(before));
  },
);

scenario(
  'several',
  'several routes of several VirtualServices, inside and at a gateway of another namespace: all are steered alike',
  plans.SEVERAL,
  async ({ service, users, begin, ends, spec: read }) => {
    const outside = () => read('VirtualService', 'several-outside', 'edge');
    const before = [await read('VirtualService', service), await outside()];
    const people = await users({ shapes: [{}, { path: '/api/pay' }] });
    const entry = { url: scene.cluster.clientUrl, envoy: scene.cluster.client };
    const shapes = [{}, { headers: { tier: 'gold' } }];
    const services = await users({ host: service, entry, rate: 25, shapes });
    await begin(WHOLE);
    const end = await ends();
    const told = [...(await people.stop()), ...(await services.stop())];
    expect([end.phase, people.failed(), services.failed()]).toEqual(['Promoted', [], []]);
    expect(ways(told)).toEqual(
      ['api', 'gold', 'rest', 'web'].flatMap((route) => ['v1', 'v2'].map((version) => `${route} 80 ${version}`)),
    );
    expect([await read('VirtualService', service), await outside()]).toEqual(promoted(before));
  },
);

scenario(
  'ports',
  'blue-green on a Service with two ports: copies of everything, then everybody at once, each at the port they came for',
  plans.TWO_PORTS,
  async ({ users, begin, ends, spec: read }) => {
    const before = await read('VirtualService');
    const second = new URL(scene.cluster.gatewayUrl);
    second.port = String(SECOND_PORT);
    const traffic = await users({ shapes: [{}, { url: second.origin }] });
    await begin(spec(BASELINE, MIRROR, BAKE));
    const end = await ends();
    await traffic.more(50);
    const told = await traffic.stop();
    expect([end.phase, traffic.failed()]).toEqual(['Promoted', []]);
    expect(ways(told)).toEqual(['on-80 80 v1', 'on-80 80 v2', 'on-9898 9898 v1', 'on-9898 9898 v2']);
    expect(await read('VirtualService')).toEqual(promoted(before));
  },
);

scenario(
  'copies',
  'a mirror repeats nothing but what may be repeated: GETs reach the canary as copies, POSTs never, users not at all',
  plans.PLAIN,
  async ({ service, users, begin, reaches, order, ends, spec: read }) => {
    const before = await read('VirtualService');
    const traffic = await users({ shapes: [{}, { method: 'POST', body: '{}' }] });
    await begin(spec(BASELINE, { mirror: { traffic: '100%', for: '5m' } }, HALF));
    await reaches(2);
    const copies = async (method: string) =>
      counted(`http_requests_total{app="${service}",version="v2",method="${method}"}`);
    await waitFor('copies of GETs', async () => (await copies('GET')) >= 100, 30_000);
    expect(await copies('POST')).toBe(0);
    await order({ aborted: true });
    const end = await ends();
    const told = await traffic.stop();
    expect([end.rollBack?.outcome, traffic.failed(), subsets(told)]).toEqual(['aborted', [], ['v1']]);
    expect(await read('VirtualService')).toEqual(before);
  },
);

scenario(
  'subsets',
  'a third version with a weight and a subset of its own keeps both through a release, to the end',
  plans.THIRD_VERSION,
  async ({ service, users, begin, ends, spec: read }) => {
    const before = [await read('VirtualService'), await read('DestinationRule')];
    const traffic = await users();
    await begin({ ...WHOLE, stable: { deployment: `${service}-v1` } });
    const end = await ends();
    const told = await traffic.stop();
    expect([end.phase, traffic.failed(), subsets(told)]).toEqual(['Promoted', [], ['v0', 'v1', 'v2']]);
    const third = told.filter(({ line }) => line?.cluster.split('|')[2] === 'v0').length / told.length;
    // Some 2,000 requests: four standard deviations of a share of 20 % are less than this.
    expect(Math.abs(third - 0.2)).toBeLessThan(0.05);
    expect(await read('VirtualService')).toEqual(promoted(before[0]));
    expect(await read('DestinationRule')).toEqual(before[1]);
  },
);

scenario(
  'added',
  'without a DestinationRule, and routes that name no subset: a good canary is promoted, and what was added stays',
  plans.NOTHING_THERE,
  async ({ users, begin, ends, service, spec: read, ...names }) => {
    const traffic = await users();
    await begin(WHOLE);
    const end = await ends();
    await traffic.more(50);
    const told = await traffic.stop();
    expect([end.phase, traffic.failed(), subsets(told)]).toEqual(['Promoted', [], ['', 'v1', 'v2']]);
    expect(await read('VirtualService')).toMatchObject({ http: [to({ ...names, service }, 'v2')] });
    const rule = (await stages.view.get({ kind: 'DestinationRule', namespace, name: service })) as DestinationRule;
    expect(rule.spec.subsets?.map(({ name }) => name)).toEqual(['v1', 'v2']);
    expect(rule.metadata.annotations).toMatchObject({
      'serin.dev/added-rule': 'true',
      'serin.dev/added-subsets': 'v1,v2',
    });
  },
);

scenario(
  'undone',
  'without a DestinationRule: aborted at half of the traffic, everything is as it was, and no user request fails',
  plans.NOTHING_THERE,
  async ({ users, begin, reaches, order, ends, spec: read }) => {
    const before = await read('VirtualService');
    const traffic = await users();
    await begin(LONG);
    await reaches(3);
    await traffic.more(50);
    await order({ aborted: true });
    const end = await ends();
    await traffic.more(50);
    const told = await traffic.stop();
    expect([end.rollBack?.outcome, traffic.failed(), subsets(told)]).toEqual(['aborted', [], ['', 'v1', 'v2']]);
    expect([await read('VirtualService'), await read('DestinationRule')]).toEqual([before, undefined]);
  },
);

scenario(
  'taken-back',
  'without the canary’s subset: a bad canary is rolled back while it is mirrored, no user meets it, and the subset is gone',
  plans.NO_SUBSET_AND_BAD,
  async ({ users, begin, ends, spec: read }) => {
    const before = [await read('VirtualService'), await read('DestinationRule')];
    const traffic = await users();
    await begin(WHOLE);
    const end = await ends();
    const told = await traffic.stop();
    expect([end.phase, end.rollBack?.reason]).toEqual(['RolledBack', 'GateFailed']);
    expect([traffic.failed(), subsets(told)]).toEqual([[], ['v1']]);
    expect([await read('VirtualService'), await read('DestinationRule')]).toEqual(before);
  },
);

scenario(
  'rivals',
  'two VirtualServices for one host are refused by both names, and neither is touched',
  plans.TWO_FOR_ONE_HOST,
  async ({ users, begin, until, service, spec: read }) => {
    const both = async () => [await read('VirtualService'), await read('VirtualService', 'rivals-too', 'edge')];
    const before = await both();
    const traffic = await users();
    await begin(WHOLE);
    const refused = await until('a refusal', ({ conditions = [] }) =>
      conditions.find(({ type, status }) => type === 'Accepted' && status === 'False'),
    );
    await traffic.more(50);
    await traffic.stop();
    expect(refused).toMatchObject({ reason: 'Invalid', message: expect.stringContaining('SRN1215') });
    for (const name of [`${namespace}/${service}`, 'edge/rivals-too']) expect(refused.message).toContain(name);
    expect([await both(), traffic.failed()]).toEqual([before, []]);
  },
);

scenario(
  'edited',
  'what a user edits at half of the traffic is kept: a route of their own, another timeout, and the release goes on to its end',
  plans.PLAIN,
  async ({ service, users, begin, reaches, order, ends, edit, spec: read, until }) => {
    const traffic = await users({ shapes: [{ weight: 9 }, { path: '/mine' }] });
    await begin(LONG);
    await reaches(3);
    const mine = { name: 'mine', match: [{ uri: { prefix: '/mine' } }], directResponse: { status: 204 } };
    await edit<VirtualServiceSpec>(routesRef(service), (now) => ({
      ...now,
      http: [mine, ...(now.http ?? []).map((route) => ({ ...route, timeout: '4s' }))],
    }));
    await traffic.more(100);
    const revision = await until('its revision', ({ accepted }) => accepted?.versions.canary.revision);
    await order({ promoted: { revision, reason: 'the live step is longer than the test' } });
    const end = await ends();
    await traffic.stop();
    expect([end.phase, end.route?.overwrites, traffic.failed()]).toEqual(['Promoted', undefined, []]);
    expect(traffic.answers.some(({ outcome }) => outcome.kind === 'code' && outcome.code === 204)).toBe(true);
    expect(await read('VirtualService')).toMatchObject({
      http: [mine, { timeout: '4s', route: [{ destination: { subset: 'v2' } }] }],
    });
  },
);

scenario(
  'deleted',
  'a release that is deleted at half of the traffic: routes and rule are word for word what they were, before it is gone',
  plans.PLAIN,
  async ({ service, users, begin, reaches, spec: read }) => {
    const both = async () => [await read('VirtualService'), await read('DestinationRule')];
    const before = await both();
    const traffic = await users();
    await begin(LONG);
    await reaches(3);
    await traffic.more(50);
    const release = { kind: 'Release', namespace, name: service };
    await stages.view.remove(release);
    await waitFor('the release is gone', async () => (await stages.view.get(release)) === undefined, 60_000);
    expect(await both()).toEqual(before);
    const gone = traffic.answers.length;
    await traffic.more(100);
    const told = await traffic.stop();
    expect([traffic.failed(), subsets(told), subsets(told.slice(gone + 50))]).toEqual([[], ['v1', 'v2'], ['v1']]);
  },
);

scenario(
  'insiders',
  'A/B by cookie, then an approval: those with the cookie reach the canary and nobody else does, and no route of it stays',
  plans.PLAIN,
  async ({ service, users, begin, reaches, holds, until, ends, spec: read }) => {
    const before = await read('VirtualService');
    const cookie = { headers: { cookie: { regex: '^(.*?;)?(type=insider)(;.*)?$' } } };
    const insiders = await users({ rate: 25, shapes: [{ headers: { cookie: 'a=b;type=insider' } }] });
    const others = await users({ rate: 25 });
    await begin(
      spec(
        BASELINE,
        { preview: { for: '4s', match: [cookie] } },
        MIRROR,
        { shift: { ...HALF.shift, approval: 'before' } },
        BAKE,
      ),
    );
    await reaches(2);
    const from = insiders.answers.length;
    await insiders.more(75);
    const middle = [insiders.answers.length, others.answers.length];
    await holds('AwaitingApproval');
    const revision = await until('its revision', ({ accepted }) => accepted?.versions.canary.revision);
    await scene.objects.create({
      apiVersion: 'serin.dev/v1alpha1',
      kind: 'Approval',
      metadata: { name: 'insiders-4', namespace },
      spec: { release: service, step: 4, revision, by: 'admin' },
    });
    const end = await ends();
    const [own, all] = [await insiders.stop(), await others.stop()];
    expect([end.phase, insiders.failed(), others.failed()]).toEqual(['Promoted', [], []]);
    expect(subsets(own.slice(from, middle[0]))).toEqual(['v2']);
    expect(subsets(all.slice(0, middle[1]))).toEqual(['v1']);
    expect(await read('VirtualService')).toEqual(promoted(before));
  },
);

scenario(
  'by-hand',
  'evidence skipped by hand, and an image that nobody has: rolled back all the same, and no user has noticed',
  plans.NO_IMAGE,
  async ({ users, begin, until, order, ends, spec: read }) => {
    const before = await read('VirtualService');
    const traffic = await users();
    await begin(WHOLE);
    const revision = await until('its revision', ({ accepted }) => accepted?.versions.canary.revision);
    await order({ promoted: { revision, reason: 'it is known to be good' } });
    const end = await ends();
    const told = await traffic.stop();
    expect([end.phase, end.rollBack?.reason]).toEqual(['RolledBack', 'ImagePullFailed']);
    expect([traffic.failed(), subsets(told)]).toEqual([[], ['v1']]);
    expect(await read('VirtualService')).toEqual(before);
  },
);

/** Users through the gateway, and callers that reach the canary past the routes: held in the baseline, with the cause. */
async function leaks(stage: Stage, callers: Parameters<typeof startLoad>[0]): Promise<string> {
  const before = await stage.spec('VirtualService');
  const traffic = await stage.users();
  const load = await startLoad({ timeoutMs: 5000, ...callers });
  try {
    await stage.begin(WHOLE);
    const message = await stage.holds('TrafficLeak');
    expect(await stage.until('its step', ({ step }) => step)).toMatchObject({ index: 0 });
    await load.stop();
    await stage.order({ aborted: true });
    await stage.ends();
    const told = await traffic.stop();
    expect([traffic.failed(), subsets(told)]).toEqual([[], ['v1']]);
    expect(await stage.spec('VirtualService')).toEqual(before);
    return message;
  } finally {
    await load.close();
  }
}

const inside = (host: string) => ({ url: scene.cluster.clientUrl, rate: 20, shapes: [{ headers: { host } }] });

scenario(
  'gateways-only',
  'a VirtualService for gateways only: callers inside reach the canary by the Service, and TrafficLeak says so',
  plans.GATEWAYS_ONLY,
  async (stage) => {
    expect(await leaks(stage, inside(stage.service))).toContain(
      'Service gateways-only selects the pods of both versions and the VirtualService gateways-only binds gateways only: callers inside the mesh reach gateways-only-v2 by the Service',
    );
  },
);

scenario(
  'second-service',
  'another Service that selects both versions: its callers reach the canary, and TrafficLeak names it',
  plans.SECOND_SERVICE,
  async (stage) => {
    expect(await leaks(stage, inside('second-service-all'))).toContain(
      'Service second-service-all selects the pods of second-service-v2 too',
    );
  },
);

scenario(
  'uninjected',
  'callers without a proxy, whom Kubernetes spreads over all pods: TrafficLeak says that it must be those',
  plans.RUNNING,
  async (stage) => {
    const pods = await scene.objects.list('Pod', namespace, { labels: { app: 'uninjected' } });
    const addresses = pods.items.map(({ status }) => (status as { readonly podIP: string }).podIP);
    expect(addresses).toHaveLength(2);
    expect(await leaks(stage, { url: addresses.map((address) => `http://${address}:8080`), rate: 20 })).toContain(
      'the callers have no proxy of the mesh (not injected',
    );
  },
);

async function counted(selector: string): Promise<number> {
  const answer = await fetch(
    `${scene.cluster.prometheusUrl}/api/v1/query?query=${encodeURIComponent(`sum(${selector})`)}`,
  );
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  return Number(data.result[0]?.value[1] ?? 0);
}
