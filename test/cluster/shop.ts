// A shop: the checkout example in a namespace of its own, with users of its own at the gateway, so that several releases share a cluster.
// Never starts the cluster, nor whoever drives its release. Called by tests on the whole test cluster.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Deployment } from '../../src/api/kubernetes.ts';
import type { KubeObject } from '../../src/api/object.ts';
import type { Release } from '../../src/api/release.ts';
import { statusOf } from '../../src/controller/status-of.ts';
import type { Objects } from '../../src/objects/objects.ts';
import { isEnded, type ReleaseStatus } from '../../src/release/status.ts';
import { waitFor } from '../support/wait.ts';
import { CHECKOUT, checkoutObjects, checkoutPolicy, checkoutRelease, firstAnswer } from './checkout.ts';
import type { TestCluster } from './cluster.ts';
import { type Tally, tallyOf } from './failures.ts';
import { startTraffic, type Told, type Traffic } from './traffic.ts';

export const RELEASE = 'checkout-v2';
const [STABLE, CANARY] = ['checkout-service-v1', 'checkout-service-v2'];

export interface ShopOptions {
  readonly cluster: TestCluster;
  readonly objects: Objects;
  /** Also its namespace. */
  readonly name: string;
  /** What is different about the canary: knobs of examples/checkout. */
  readonly canary?: Readonly<Record<string, string>>;
  /** Of the example's objects, for a scenario with other pods. */
  readonly change?: (object: KubeObject) => KubeObject;
  /** Over the example's policy. */
  readonly policy?: Readonly<Record<string, unknown>>;
}

/** What is the user's own, and Serin is to give back. */
export interface Routes {
  readonly virtualService: unknown;
  readonly destinationRule: unknown;
}

export interface Shop extends AsyncDisposable {
  readonly namespace: string;
  readonly traffic: Traffic;
  /** Before the release. */
  readonly before: Routes;
  /** The canary's Deployment, the policy and the release: what a pipeline applies. */
  readonly pipeline: readonly KubeObject[];
  /** The same as a folder of files. */
  readonly files: string;
  routes(): Promise<Routes>;
  /** Wanted replicas; undefined when there is no such Deployment. */
  replicas(version: 'stable' | 'canary'): Promise<number | undefined>;
  status(): Promise<ReleaseStatus>;
  /** Until the step of that index (from 0) is seen in the traffic. */
  arrivesAt(index: number, withinMs?: number): Promise<ReleaseStatus>;
  ends(withinMs?: number): Promise<ReleaseStatus>;
  /** Two seconds more of users, then no more of them. */
  close(): Promise<{ readonly told: readonly Told[]; readonly tally: Tally }>;
}

/** Stable serves users at 50 requests a second, and nobody knows of the canary yet. */
export async function openShop(options: ShopOptions): Promise<Shop> {
  const { cluster, objects, name, canary = {}, policy = {}, change = (object) => object } = options;
  const host = `${name}.example.com`;
  const here = (object: KubeObject): KubeObject =>
    JSON.parse(
      JSON.stringify(object)
        .replaceAll(`"${CHECKOUT.host}"`, `"${host}"`)
        .replaceAll(`"namespace":"${CHECKOUT.namespace}"`, `"namespace":"${name}"`),
    ) as KubeObject;
  const all = checkoutObjects().map(here).map(change);
  const isCanary = (object: KubeObject) => object.kind === 'Deployment' && object.metadata.name === CANARY;
  await cluster.kubernetes.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    ...all.filter((object) => !isCanary(object)),
  ]);
  const given = checkoutPolicy();
  const pipeline = [
    ...all.filter(isCanary).map((object) => withEnv(object as Deployment, canary)),
    { ...here(given), spec: { ...(given.spec as object), ...policy } },
    here(checkoutRelease()),
  ];
  const files = mkdtempSync(join(tmpdir(), 'shop-'));
  for (const object of pipeline) writeFileSync(join(files, `${object.kind}.yaml`), stringify(object));

  const spec = async (kind: string) => (await objects.get({ kind, namespace: name, name: 'checkout-service' }))?.spec;
  const routes = async (): Promise<Routes> => ({
    virtualService: await spec('VirtualService'),
    destinationRule: await spec('DestinationRule'),
  });
  const status = async () => {
    const release = await objects.get({ kind: 'Release', namespace: name, name: RELEASE });
    if (release === undefined) throw new Error('there is no release');
    return statusOf(release as Release);
  };
  /** With what the release says when the time is over. */
  const until = async (what: string, holds: (status: ReleaseStatus) => boolean, withinMs: number) => {
    try {
      return await waitFor(what, () => status().then((now) => holds(now) && now), withinMs, 100);
    } catch (error) {
      const { phase, step, holding, problems, history } = await status();
      const state = JSON.stringify({ phase, step, holding, problems, history: history?.slice(-4) });
      throw new Error(`${name}: ${(error as Error).message}: ${state}`, { cause: error });
    }
  };

  await firstAnswer(cluster, host);
  const before = await routes();
  const traffic = await startTraffic({ cluster, host });
  await traffic.more(100);
  return {
    namespace: name,
    traffic,
    before,
    pipeline,
    files,
    routes,
    async replicas(version) {
      const deployment = { kind: 'Deployment', namespace: name, name: version === 'stable' ? STABLE : CANARY };
      return ((await objects.get(deployment)) as Deployment | undefined)?.spec.replicas;
    },
    status,
    arrivesAt: (index, withinMs = 90_000) =>
      until(
        `step ${index + 1} is seen in the traffic`,
        (now) => {
          if (isEnded(now)) throw new Error(`it has ended before: ${now.phase}, ${now.rollBack?.message}`);
          return now.step?.index === index && now.step.arrivedAt !== undefined;
        },
        withinMs,
      ),
    ends: (withinMs = 150_000) => until('the release has ended', isEnded, withinMs),
    async close() {
      await traffic.more(100);
      const told = await traffic.stop();
      return { told, tally: tallyOf(told) };
    },
    async [Symbol.asyncDispose]() {
      await traffic[Symbol.asyncDispose]();
      await rm(files, { recursive: true, force: true });
      // Its pods cost the next scenario time; the namespace goes with the cluster.
      await cluster.kubernetes.kubectl('delete', 'deployment', '--all', '-n', name, '--wait=false');
    },
  };
}

function withEnv(deployment: Deployment, env: Readonly<Record<string, string>>): KubeObject {
  const { template } = deployment.spec;
  const containers = template.spec.containers.map((container) => ({
    ...container,
    env: [
      ...(container.env ?? []).filter(({ name }) => env[name] === undefined),
      ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ],
  }));
  const spec = { ...deployment.spec, template: { ...template, spec: { ...template.spec, containers } } };
  return { ...deployment, spec } as KubeObject;
}

/** The subset's name and nothing else (design.md §11.6). */
export const promoted = ({ virtualService, destinationRule }: Routes): Routes => ({
  virtualService: JSON.parse(JSON.stringify(virtualService).replaceAll('"subset":"v1"', '"subset":"v2"')),
  destinationRule,
});
