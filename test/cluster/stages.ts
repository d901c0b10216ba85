// Services of the test cluster, one for each scenario: two versions, routes, users, a release; several stand beside each other.
// Never drives a release (the operator does). Called by istio-scenarios.test.ts.
import { formatRef, type KubeObject, type ObjectRef, refOf } from '../../src/api/object.ts';
import type { Release } from '../../src/api/release.ts';
import { statusOf } from '../../src/controller/status-of.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type CachedObjects, cachedObjects } from '../../src/objects/cached.ts';
import { type Objects, ObjectsError } from '../../src/objects/objects.ts';
import { isEnded, type ReleaseStatus } from '../../src/release/status.ts';
import { waitFor } from '../support/wait.ts';
import { CHECKOUT, checkoutObjects, firstAnswer } from './checkout.ts';
import { PORTS, type TestCluster } from './cluster.ts';
import { startTraffic, type Traffic, type TrafficOptions } from './traffic.ts';

const { namespace } = CHECKOUT;

/** Where users of all scenarios come in, at two ports. */
export const GATEWAY = 'istio-ingress/everybody';
export const SECOND_PORT = PORTS.gateway + 1;

export interface Names {
  readonly service: string;
  readonly fqdn: string;
  /** What users call it at the gateway. */
  readonly host: string;
}

export interface StagePlan {
  /** VirtualServices, and whatever else there is beside the example's other objects. */
  readonly objects: (names: Names) => readonly KubeObject[];
  /** Those others: changed, or left out. */
  readonly change?: (object: KubeObject) => KubeObject | undefined;
  /** Pods of the canary before the release; none when left out. */
  readonly canary?: number;
}

export interface Users extends Pick<TrafficOptions, 'entry' | 'rate' | 'shapes'> {
  /** Left out: the gateway's name for the service. */
  readonly host?: string;
}

export interface Stage extends Names {
  /** 50 a second, through the gateway. */
  users(options?: Users): Promise<Traffic>;
  begin(spec: object): Promise<void>;
  /** Further fields of the release's spec. */
  order(spec: object): Promise<void>;
  /** As anybody else would, who reads and writes. */
  edit<Spec>(ref: ObjectRef, change: (spec: Spec) => object): Promise<void>;
  /** Rejects with what the release says, when it does not come about. */
  until<Value>(what: string, look: (status: ReleaseStatus) => Value | undefined | false, ms?: number): Promise<Value>;
  /** Counted from 1, as people do. */
  reaches(step: number): Promise<ReleaseStatus>;
  /** The message of that hold. */
  holds(reason: string): Promise<string>;
  ends(): Promise<ReleaseStatus>;
  spec(kind: string, name?: string, namespace?: string): Promise<unknown>;
  /** Its release, pods and routes are gone, or going. */
  clear(): Promise<void>;
}

export interface Stages {
  /** Read from watches, so that waiting costs the API server nothing. */
  readonly view: CachedObjects;
  /** Everything of it runs, and the gateway answers its users. */
  set(service: string, plan: StagePlan): Promise<Stage>;
  close(): void;
}

const KINDS = ['Release', 'VirtualService', 'DestinationRule', 'Deployment', 'Service'];

export async function createStages(cluster: TestCluster, objects: Objects): Promise<Stages> {
  const closing = new AbortController();
  const { signal } = closing;
  const view = cachedObjects({ objects, kinds: KINDS, clock: systemClock, signal, keep: {} });
  await cluster.kubernetes.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'edge' } }, gateway]);
  await view.synced;
  return {
    view,
    async set(service, plan) {
      const names = { service, fqdn: `${service}.${namespace}.svc.cluster.local`, host: `${service}.example.com` };
      const all = [...exampleFor(names, plan), ...plan.objects(names)];
      await cluster.kubernetes.apply(all);
      await firstAnswer(cluster, names.host);
      const canary: ObjectRef = { kind: 'Deployment', namespace, name: `${service}-v2` };
      const ready = async () => (await readyOf(view, canary)) >= (plan.canary ?? 0);
      await waitFor(`${service}: pods of the canary`, ready, 30_000);
      return stageOf(cluster, view, names, all);
    },
    close: () => closing.abort(),
  };
}

function stageOf(cluster: TestCluster, view: CachedObjects, names: Names, all: readonly KubeObject[]): Stage {
  const release: ObjectRef = { kind: 'Release', namespace, name: names.service };
  const status = async () => {
    const found = await view.get(release);
    return found === undefined ? undefined : statusOf(found as Release);
  };
  const until: Stage['until'] = async (what, look, ms = 120_000) => {
    try {
      return await waitFor(
        `${names.service}: ${what}`,
        async () => {
          const now = await status();
          return now === undefined ? undefined : look(now);
        },
        ms,
      );
    } catch (error) {
      const { phase, step, holding, problems, route, history } = (await status()) ?? ({} as Partial<ReleaseStatus>);
      const said = JSON.stringify({ phase, step, holding, problems, route, history: history?.slice(-4) });
      throw new Error(`${(error as Error).message}: ${said}`, { cause: error });
    }
  };
  return {
    ...names,
    users: ({ host = names.host, ...more } = {}) => startTraffic({ cluster, host, ...more }),
    begin: async (spec) => void (await view.create(releaseOf(names, spec))),
    order: (more) => edited(view, release, (spec: object) => ({ ...spec, ...more })),
    edit: (ref, change) => edited(view, ref, change),
    until,
    reaches: (step) =>
      until(`step ${step}`, (now) => {
        if (isEnded(now)) throw new Error(`it has ended as ${now.phase} before: ${now.rollBack?.message}`);
        return now.step?.index === step - 1 && now.step.arrivedAt !== undefined && now;
      }),
    holds: (reason) => until(reason, ({ holding }) => holding?.reason === reason && holding.message),
    ends: () => until('its end', (now) => isEnded(now) && now),
    spec: async (kind, name = names.service, where = namespace) =>
      (await view.get({ kind, namespace: where, name }))?.spec,
    clear: () => cleared(view, [...all, releaseOf(names, {})]),
  };
}

async function edited<Spec>(objects: Objects, ref: ObjectRef, change: (spec: Spec) => object): Promise<void> {
  const object = await objects.get(ref);
  if (object === undefined) throw new Error(`there is no ${formatRef(ref)}`);
  try {
    await objects.update({ ...object, spec: change(object.spec as Spec) } as KubeObject);
  } catch (error) {
    if (!(error instanceof ObjectsError) || error.reason !== 'Conflict') throw error;
    await edited(objects, ref, change);
  }
}

/** The release first: it puts routes back. */
async function cleared(objects: Objects, all: readonly KubeObject[]): Promise<void> {
  for (const ref of all.map(refOf).toReversed()) {
    if (!KINDS.includes(ref.kind)) continue;
    try {
      await objects.remove(ref);
    } catch (error) {
      if (!(error instanceof ObjectsError) || error.reason !== 'NotFound') throw error;
    }
    if (ref.kind === 'Release')
      await waitFor(`${formatRef(ref)} is gone`, async () => (await objects.get(ref)) === undefined, 60_000);
  }
}

async function readyOf(objects: Objects, ref: ObjectRef): Promise<number> {
  const found = await objects.get(ref);
  return (found?.status as { readonly readyReplicas?: number } | undefined)?.readyReplicas ?? 0;
}

/** One pod of each version, and no routes yet. */
function exampleFor({ service }: Names, { change = (object) => object, canary = 0 }: StagePlan): KubeObject[] {
  return checkoutObjects()
    .filter(({ kind }) => kind !== 'VirtualService' && kind !== 'Gateway')
    .flatMap((object) => {
      const own = JSON.parse(JSON.stringify(object).replaceAll('checkout-service', service)) as KubeObject;
      const replicas = own.metadata.name.endsWith('-v2') ? canary : 1;
      const sized = own.kind === 'Deployment' ? { ...own, spec: { ...(own.spec as object), replicas } } : own;
      return change(sized) ?? [];
    });
}

const releaseOf = ({ service }: Names, spec: object): KubeObject => ({
  apiVersion: 'serin.dev/v1alpha1',
  kind: 'Release',
  metadata: { name: service, namespace },
  spec: {
    service,
    canary: { deployment: `${service}-v2` },
    minRequests: 100,
    deadline: '10m',
    cleanup: { stable: 'scaleDown', after: '1s' },
    ...spec,
  },
});

const gateway: KubeObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { namespace: 'istio-ingress', name: 'everybody' },
  spec: {
    selector: { istio: 'ingressgateway' },
    servers: [PORTS.gateway, SECOND_PORT].map((number) => ({
      port: { number, name: `http-${number}`, protocol: 'HTTP' },
      hosts: ['*.example.com'],
    })),
  },
};
