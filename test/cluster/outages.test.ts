// What releases depend on goes away, or answers badly: a real API server, Prometheus and istiod, users at 50 requests a second in each shop,
// one operator that is never started anew. Nothing is promoted or rolled back by an outage, work goes on after it, no user fails by routing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import type { ReleaseStatus } from '../../src/release/status.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';
import { type ApiProxy, type Harm, PASS, type Passing, startApiProxy } from './api-proxy.ts';
import type { Component } from './component.ts';
import { expectNoFailure } from './no-failure.ts';
import { openScene, type Scene } from './scene.ts';
import { openShop, promoted, RELEASE, type Shop } from './shop.ts';
import { kubeconfigText } from './users.ts';

const OUTAGE_MS = 60_000;
const RECOVERED_WITHIN_MS = 120_000;
/** Under each harm, again and again until all releases have ended. */
const HARM_MS = 15_000;

let scene: Scene;
let api: ApiProxy;
let samples: ApiProxy;
let operator: OperatorProcess;
let folder: string;
beforeAll(async () => {
  scene = await openScene();
  const { kubernetes, prometheusUrl } = scene.cluster;
  api = await startApiProxy({ url: kubernetes.url, ca: kubernetes.pki.caText });
  samples = await startApiProxy({ url: prometheusUrl });
  folder = mkdtempSync(join(tmpdir(), 'serin-outages-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigText({ server: api.url, user: 'operator', token: kubernetes.tokens.operator }));
  operator = startOperatorProcess(
    [
      ...['--prometheus', samples.url, '--prometheus-scrape-interval', '1s', '--prometheus-timeout', '8s'],
      ...['--propagation', '3s', '--grace', '30s', '--drain', '30s', '--lease-namespace', 'serin-system'],
    ],
    { KUBECONFIG: kubeconfig },
  );
  await operator.said('leads');
});
afterAll(async () => {
  await operator?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await samples?.[Symbol.asyncDispose]();
  await scene?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  scene?.idle.check();
});

const ERRORS =
  'sum(rate(http_requests_total{$canary, code=~"5.."}[5s])) / sum(rate(http_requests_total{$canary}[5s])) > 0.01';
/** Fails once half of the users are on the canary; copies do not count. */
const TOO_MANY =
  'sum(rate(http_requests_total{$canary}[5s])) > 15 and sum(rate(http_requests_total{$stable}[5s])) < 35';

const MIRRORED = 1;
const TENTH = 2;
const HALF = 3;

interface Lengths {
  readonly mirrored?: string;
  readonly tenth?: string;
  readonly half: string;
  readonly gates?: object;
}

async function released(name: string, { mirrored = '3s', tenth = '3s', half, gates = {} }: Lengths): Promise<Shop> {
  const policy = {
    plan: [
      { baseline: { for: '1s' } },
      { mirror: { traffic: '100%', for: mirrored } },
      { shift: { traffic: '10%', for: tenth } },
      { shift: { traffic: '50%', for: half } },
      { bake: { for: '3s' } },
    ],
    gates: { errors: { promql: ERRORS }, ...gates },
    minRequests: 20,
    deadline: '3h',
    cleanup: { stable: 'scaleDown', after: '1s' },
  };
  const shop = await openShop({ cluster: scene.cluster, objects: scene.objects, name, policy });
  await scene.cluster.kubernetes.apply(shop.pipeline);
  return shop;
}

/** SIGKILL, a minute, and the same command again; answers when that was, ms since the epoch. */
async function without(component: Component, during: () => Promise<void>): Promise<number> {
  await component.stop();
  try {
    await systemClock.sleep(OUTAGE_MS);
    await during();
  } finally {
    await component.restart();
  }
  return Date.now();
}

const told = ({ phase, step, holding }: ReleaseStatus) =>
  `${phase}, step ${(step?.index ?? -1) + 1}${step?.arrivedAt === undefined ? ' not arrived at' : ''}${holding === undefined ? '' : `, ${holding.reason}`}`;

it('outlives Prometheus, istiod and the API server, each gone for a minute', { timeout: 10 * 60_000 }, async () => {
  const { cluster } = scene;
  // One that stays at 50 % through all of it, and one that goes from step to step between the outages.
  await using staying = await released('staying', { half: '1h' });
  await staying.arrivesAt(HALF);
  await using going = await released('going', { mirrored: '6s', tenth: '6s', half: '6s' });
  const stays = async () => {
    const status = await staying.status();
    expect(status).toMatchObject({ phase: 'Running', attempt: 1, step: { index: HALF } });
    return told(status);
  };
  const recovers = async (index: number, since: number) => {
    await going.arrivesAt(index, RECOVERED_WITHIN_MS);
    return `arrived at step ${index + 1} ${((Date.now() - since) / 1000).toFixed(1)} s after its new start`;
  };

  await going.arrivesAt(MIRRORED);
  const prometheus = await without(cluster.prometheus, async () => {
    const status = await going.status();
    expect(status).toMatchObject({ phase: 'Running', attempt: 1, step: { index: MIRRORED } });
    console.info(`Prometheus gone for 60 s: going: ${told(status)}; staying: ${await stays()}`);
  });
  console.info(`Prometheus: ${await recovers(TENTH, prometheus)}`);

  const istiod = await without(cluster.istiod, async () => {
    // The next weight was written, and nobody has seen it in the traffic.
    const status = await going.status();
    expect(status).toMatchObject({ phase: 'Running', attempt: 1 });
    expect(status.step?.index === TENTH || status.step?.arrivedAt === undefined).toBe(true);
    console.info(`istiod gone for 60 s: going: ${told(status)}; staying: ${await stays()}`);
  });
  console.info(`istiod: ${await recovers(HALF, istiod)}`);

  const apiServer = await without(cluster.kubernetes.apiServer, async () => {});
  await cluster.kubernetes.ready();
  console.info(`API server gone for 60 s: staying: ${await stays()}`);
  expect(await going.ends(RECOVERED_WITHIN_MS)).toMatchObject({ phase: 'Promoted', attempt: 1 });
  console.info(`API server: promoted ${((Date.now() - apiServer) / 1000).toFixed(1)} s after its new start`);
  await stays();

  // Protection works as before.
  expect((await scene.serin('abort', RELEASE, '-n', staying.namespace)).code).toBe(0);
  expect(await staying.ends()).toMatchObject({ phase: 'RolledBack', attempt: 1, rollBack: { outcome: 'aborted' } });
  await expectNoFailure(scene, going, 'promoted through three outages', promoted(going.before));
  await expectNoFailure(scene, staying, 'at 50 % through three outages, then aborted', staying.before);
  expect(operator.child.exitCode).toBeNull();
});

interface HarmDone {
  readonly name: string;
  readonly toApi?: (passing: Passing, n: number) => Harm;
  readonly toSamples?: Harm;
}

const LATE: Harm = { kind: 'late', ms: 5000 };
const BUSY: Harm = { kind: 'answer', status: 429, headers: { 'retry-after': '1' } };
const HARMS: readonly HarmDone[] = [
  { name: 'the API server answers 5 s late', toApi: () => LATE },
  { name: 'four answers of five are 429', toApi: (_, n) => (n % 5 === 0 ? PASS : BUSY) },
  { name: 'watches are cut every 2 s', toApi: ({ isWatch }) => (isWatch ? { kind: 'cutAfter', ms: 2000 } : PASS) },
  { name: 'Prometheus answers 5 s late', toSamples: LATE },
];

it('promotes what is good and rolls back what is bad while answers are late, refused and cut', {
  timeout: 8 * 60_000,
}, async () => {
  const lengths = { mirrored: '5s', tenth: '5s' };
  await using good = await released('harmed-good', { ...lengths, half: '8s' });
  await using bad = await released('harmed-bad', {
    ...lengths,
    half: '1h',
    gates: { 'too-many': { promql: TOO_MANY } },
  });
  const ending = new AbortController();
  const ends = Promise.all([good.ends(300_000), bad.ends(300_000)]).finally(() => ending.abort());
  const done: string[] = [];
  for (let round = 0; !ending.signal.aborted; round++) {
    const { name, toApi = () => PASS, toSamples = PASS } = HARMS[round % HARMS.length] as HarmDone;
    let n = 0;
    api.harm((passing) => toApi(passing, n++));
    samples.harm(() => toSamples);
    api.cutAll();
    done.push(name);
    await systemClock.sleep(HARM_MS, ending.signal);
  }
  api.harm(() => PASS);
  samples.harm(() => PASS);
  const [promotion, rollBack] = await ends;
  expect(promotion).toMatchObject({ phase: 'Promoted', attempt: 1 });
  expect(rollBack).toMatchObject({ phase: 'RolledBack', attempt: 1, rollBack: { policy: 'gateFailed' } });
  console.info(
    `${done.length} spells of ${HARM_MS / 1000} s each: ${HARMS.map(({ name }) => name).join(', ')}, again and again`,
  );
  expect(new Set(done)).toEqual(new Set(HARMS.map(({ name }) => name)));
  await expectNoFailure(scene, good, 'promoted under late, refused and cut answers', promoted(good.before));
  await expectNoFailure(scene, bad, 'rolled back under late, refused and cut answers', bad.before);
  expect(operator.child.exitCode).toBeNull();
});
