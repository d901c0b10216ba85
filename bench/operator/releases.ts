// Ten thousand releases as they stand in the middle of a long step: one is driven there on the simulated cluster, and copied.
// Never drives the copies. Called by world.ts.

import type { Deployment } from '../../src/api/kubernetes.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { revisionOf } from '../../src/release/revision.ts';
import type { AcceptedVersion, ActiveStatus } from '../../src/release/status.ts';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { driveRelease, RELEASE, readStatus } from '../../test/support/drive-release.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';

export interface Fleet {
  readonly releases: number;
  readonly namespaces: number;
  readonly paused: boolean;
  /** Queries of each release's own. */
  readonly gates: number;
}

const KINDS = ['Deployment', 'Pod', 'Service', 'VirtualService', 'DestinationRule', 'Release'];
const LIVE_STEP = 3;

/** In the order in which they can be created; statuses are to be written apart. */
export async function fleet({ releases, namespaces, paused, gates }: Fleet): Promise<readonly KubeObject[]> {
  const { objects, policy: short } = await one(gates);
  // Driven there with windows of seconds, so that it took no minutes; from here on they are as people have them.
  const text = JSON.stringify(objects).replaceAll('[4s]', '[5m]');
  const policy = JSON.parse(JSON.stringify(short).replaceAll('[4s]', '[5m]')) as KubeObject;
  const copies = Array.from({ length: releases }, (_, index) => {
    const copied = text
      .replaceAll('checkout-service', `service-${index}`)
      .replaceAll('checkout-v2', `release-${index}`)
      .replaceAll('"prod"', `"team-${index % namespaces}"`);
    return withRevisions(JSON.parse(copied) as KubeObject[]);
  });
  const orders = copies.flat().map((object) => (object.kind === 'Release' ? ordered(object, paused) : object));
  const policies = Array.from({ length: namespaces }, (_, index) => ({
    ...policy,
    metadata: { ...policy.metadata, namespace: `team-${index}` },
  }));
  return [...policies, ...orders];
}

/** A revision is a hash of the pod template, and that of each copy is another. */
function withRevisions(objects: readonly KubeObject[]): readonly KubeObject[] {
  const revisions = objects
    .filter(({ kind }) => kind === 'Deployment')
    .map((deployment) => [deployment.metadata.name, revisionOf(deployment as Deployment, [])] as const);
  return objects.map((object) => {
    if (object.kind !== 'Release') return object;
    const status = object.status as ActiveStatus;
    const { stable, canary } = status.accepted.versions;
    const of = (version: AcceptedVersion) => ({
      ...version,
      revision: revisions.find(([name]) => name === version.deployment)?.[1] ?? '',
    });
    const accepted = { ...status.accepted, versions: { stable: of(stable), canary: of(canary) } };
    return { ...object, status: { ...status, accepted } };
  });
}

const ordered = (release: KubeObject, paused: boolean): KubeObject =>
  paused ? { ...release, spec: { ...(release.spec as object), paused } } : release;

/** One that has arrived at its first live step, which lasts for days. */
async function one(gates: number): Promise<{ readonly objects: readonly KubeObject[]; readonly policy: KubeObject }> {
  const sim = new SimCluster();
  const given = checkoutObjects().map((object) => {
    if (object.kind === 'Deployment') return { ...object, spec: { ...(object.spec as object), replicas: 1 } };
    return object.kind === 'ReleasePolicy' ? longPolicy(object, gates) : object;
  });
  await sim.create([...given, checkoutRelease()]);
  const there = new Error('there');
  await driveRelease(sim, {
    each: ({ step }) => {
      if (step?.index === LIVE_STEP && step.arrivedAt !== undefined) throw there;
    },
  }).catch((error: unknown) => {
    if (error !== there) throw error;
  });
  const { phase, step } = await readStatus(sim);
  if (phase !== 'Running' || step?.index !== LIVE_STEP) throw new Error(`not there: ${phase}`);
  const lists = await Promise.all(KINDS.map(async (kind) => (await sim.objects.list(kind)).items));
  const policy = (await sim.objects.list('ReleasePolicy')).items[0];
  if (policy === undefined) throw new Error(`no policy of ${RELEASE.name}`);
  const shift = sim.clock.now() - Date.now();
  return { objects: lists.flat().map((object) => bare(object, shift)), policy: bare(policy, shift) };
}

function longPolicy(policy: KubeObject, gates: number): KubeObject {
  const spec = policy.spec as {
    plan: readonly { shift?: object }[];
    gates: Readonly<Record<string, { promql: string }>>;
  };
  const plan = spec.plan.map((step) => (step.shift === undefined ? step : { shift: { ...step.shift, for: '48h' } }));
  const [query = ''] = Object.values(spec.gates).map(({ promql }) => promql);
  const own = Array.from({ length: gates }, (_, index) => [`errors-${index}`, { promql: query }]);
  return { ...policy, spec: { ...spec, plan, gates: Object.fromEntries(own), deadline: '200h' } };
}

/** As it is sent, with times as if the present were now. */
function bare({ metadata, ...object }: KubeObject, shift: number): KubeObject {
  const { uid: _u, resourceVersion: _r, generation: _g, creationTimestamp: _c, ...kept } = metadata;
  const text = JSON.stringify({ ...object, metadata: kept }).replaceAll(
    /"(2026-01-01T[0-9:.]+Z)"/g,
    (_, time: string) => `"${new Date(Date.parse(time) - shift).toISOString()}"`,
  );
  return JSON.parse(text) as KubeObject;
}
