// Releases on a real API server with simulated pods, traffic and samples: each in a namespace of its own, many at once, their traffic
// after the routes as the server has accepted them. Never judges. Called by kills.test.ts and outages.test.ts.
import type { KubeObject } from '../../src/api/object.ts';
import type { Release } from '../../src/api/release.ts';
import { statusOf } from '../../src/controller/status-of.ts';
import { isReady } from '../../src/controller/versions.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type CachedObjects, cachedObjects } from '../../src/objects/cached.ts';
import { connectKubernetes, type KubernetesConnection } from '../../src/objects/kubernetes/connect.ts';
import { type Objects, ObjectsError } from '../../src/objects/objects.ts';
import type { ReleaseStatus } from '../../src/release/status.ts';
import { checkoutAutoscalers, checkoutObjects, checkoutRelease } from '../support/checkout-objects.ts';
import { RealClock } from '../support/real-clock.ts';
import { SimCluster } from '../support/sim-cluster.ts';
import { waitFor } from '../support/wait.ts';
import type { RunningApiServer } from './api-server.ts';
import { freshNamespace } from './namespaces.ts';

const PASS_MS = 500;
const SIMULATED = ['Release', 'Deployment', 'Pod', 'VirtualService', 'DestinationRule', 'HorizontalPodAutoscaler'];
/** What a release leaves behind that somebody may see. */
const KEPT = ['VirtualService', 'DestinationRule', 'Deployment', 'HorizontalPodAutoscaler'];

export interface SimWorlds extends AsyncDisposable {
  /** Straight to the API server, as its administrator. */
  readonly admin: KubernetesConnection;
  /** Checkout in a namespace of its own; `policy` beside what its policy says. */
  create(policy: object): Promise<SimWorld>;
}

export interface SimWorld extends AsyncDisposable {
  readonly namespace: string;
  readonly sim: SimCluster;
  status(): Promise<ReleaseStatus>;
  /** Of the release and of what it moves, without what differs from one run to the next. */
  end(): Promise<End>;
}

export interface End {
  readonly phase: string;
  readonly attempt: number;
  readonly outcome: string | undefined;
  readonly specs: readonly unknown[];
  readonly notes: readonly string[];
  readonly finalizers: readonly string[];
}

export async function startSimWorlds(server: RunningApiServer): Promise<SimWorlds> {
  const connected = await connectKubernetes({ env: server.env, clock: systemClock });
  if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
  const admin = connected.value;
  const ending = new AbortController();
  const seen = cachedObjects({
    objects: admin.objects,
    kinds: SIMULATED,
    clock: systemClock,
    signal: ending.signal,
    keep: {},
  });
  await seen.synced;
  return {
    admin,
    create: (policy) => createWorld(seen, admin.objects, policy),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await seen.done;
      await admin.close();
    },
  };
}

async function createWorld(seen: CachedObjects, objects: Objects, policy: object): Promise<SimWorld> {
  const namespace = await freshNamespace(objects, 'sim');
  const own: Objects = { ...seen, list: (kind, _namespace, options) => seen.list(kind, namespace, options) };
  const sim = new SimCluster(new RealClock(), own);
  sim.eachPass = true;
  const around = [...checkoutObjects(), ...checkoutAutoscalers()];
  await sim.create(around.map((object) => inNamespace(withPolicy(object, policy), namespace)));
  const stop = new AbortController();
  const living = live(sim, stop.signal);
  await waitFor('stable answers its users', async () => (await sim.pods()).some(isReady));
  // Nobody was there for the first of them.
  sim.failed = 0;
  await sim.create([inNamespace(checkoutRelease(), namespace)]);
  const ref = { kind: 'Release', namespace, name: checkoutRelease().metadata.name };
  const release = async () => {
    const found = await seen.get(ref);
    if (found === undefined) throw new Error(`the release in ${namespace} is gone`);
    return found;
  };
  return {
    namespace,
    sim,
    status: async () => statusOf((await release()) as Release),
    async end() {
      const found = await release();
      const { phase = '', attempt = 0, rollBack } = statusOf(found as Release);
      const lists = await Promise.all(KEPT.map(async (kind) => (await own.list(kind)).items));
      const items = lists.flat().sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
      return {
        phase,
        attempt,
        outcome: rollBack?.outcome,
        specs: items.map(({ spec }) => spec),
        notes: items.flatMap((item) => Object.keys(item.metadata.annotations ?? {}).map((n) => `${nameOf(item)} ${n}`)),
        finalizers: found.metadata.finalizers ?? [],
      };
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await living;
    },
  };
}

/** Pods, traffic and scrapes, until the signal; what collides with another writer is done at the next pass. */
async function live(sim: SimCluster, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await sim.pass();
    } catch (error) {
      if (!(error instanceof ObjectsError)) throw error;
    }
    await systemClock.sleep(PASS_MS, signal);
  }
}

const nameOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;

const inNamespace = (object: KubeObject, namespace: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

const withPolicy = (object: KubeObject, policy: object): KubeObject =>
  object.kind === 'ReleasePolicy' ? { ...object, spec: { ...(object.spec as object), ...policy } } : object;
