// A rivals' scenario as it stands on the cluster: a shop with pods that can turn bad, its plan, and when its routes were accepted.
// Never drives the release: the operator does. Called by scenarios.ts.
import { fileURLToPath } from 'node:url';
import type { VirtualService } from '../../../src/api/istio.ts';
import type { Deployment, Pod } from '../../../src/api/kubernetes.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import { waitFor } from '../../support/wait.ts';
import type { Scene } from '../scene.ts';
import { openShop, type Shop } from '../shop.ts';

const POD = fileURLToPath(new URL('./pod.ts', import.meta.url));
const METRICS_PORT = 9090;

/** facts of the comparison: PromQL over application metrics, errors at most 1 %, p95 at most 1.2 times stable's, a window of 10 s. */
const GATES = {
  errors: {
    promql:
      'sum(rate(http_requests_total{$canary, code=~"5.."}[10s])) / sum(rate(http_requests_total{$canary}[10s])) > 0.01',
  },
  latency: {
    promql: [
      'histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket{$canary}[10s])) by (le))',
      '(histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket{$stable}[10s])) by (le)) * 1.2)',
    ].join(' > '),
  },
};

export interface StandOptions {
  readonly scene: Scene;
  readonly name: string;
  readonly plan: readonly object[];
  /** Share of bad answers from the start. */
  readonly errors?: number;
  readonly deadline?: string;
  /** Left out: those of the rivals, in PromQL. */
  readonly gates?: object;
}

/** One accepted state of the routes. */
export interface Accepted {
  /** When a watcher was told, ms since the epoch. */
  readonly at: number;
  /** Whether the canary gets users, or copies. */
  readonly exposed: boolean;
}

export interface Stand extends AsyncDisposable {
  readonly shop: Shop;
  begin(): Promise<void>;
  /** Every accepted write of the VirtualService so far. */
  readonly routes: readonly Accepted[];
  /** The first one at or after that time with nothing for the canary. */
  withdrawn(from: number, withinMs: number): Promise<number>;
  /** To all canary pods at once; what each said, those without an answer left out. */
  control(order: string): Promise<readonly { readonly firstAt: number | null }[]>;
  restarts(): Promise<number>;
  /** For whoever has to find out why a run went wrong. */
  state(): Promise<string>;
}

export async function openStand({
  scene,
  name,
  plan,
  errors = 0,
  deadline = '30m',
  gates,
}: StandOptions): Promise<Stand> {
  const { cluster, objects } = scene;
  const shop = await openShop({
    cluster,
    objects,
    name,
    change: withPods,
    canary: { ERRORS: String(errors) },
    policy: policyOf(plan, deadline, gates),
  });
  const closing = new AbortController();
  const routes: Accepted[] = [];
  const { resourceVersion } = await objects.list('VirtualService', name);
  const watching = watchRoutes(scene, name, resourceVersion, routes, closing.signal);
  const pods = async (): Promise<readonly Pod[]> =>
    (await objects.list('Pod', name)).items.filter(({ metadata }) => metadata.labels?.['version'] === 'v2') as never;
  return {
    shop,
    begin: () => cluster.kubernetes.apply(shop.pipeline),
    routes,
    withdrawn: (from, withinMs) =>
      waitFor(
        `${name}: the routes lead nobody to the canary`,
        () => routes.find(({ at, exposed }) => at >= from && !exposed)?.at,
        withinMs,
      ),
    async control(order) {
      const asked = (await pods()).map(async ({ status }) => {
        const url = `http://${status?.podIP}:${METRICS_PORT}/control?${order}`;
        const answer = await fetch(url, { method: 'POST' }).catch(() => undefined);
        return answer === undefined ? [] : [(await answer.json()) as { readonly firstAt: number | null }];
      });
      return (await Promise.all(asked)).flat();
    },
    async restarts() {
      const counts = (await pods()).flatMap(({ status }) => status?.containerStatuses ?? []);
      return counts.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
    },
    async state() {
      const { phase, step, holding, rollBack, history } = await shop.status();
      return JSON.stringify({ phase, step, holding, rollBack: rollBack?.message, history, routes });
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await watching;
      await shop[Symbol.asyncDispose]();
    },
  };
}

export const policyOf = (plan: readonly object[], deadline: string, gates: object = GATES) => ({
  plan,
  gates,
  minRequests: 50,
  deadline,
  cleanup: { stable: 'scaleDown', after: '1s' },
});

async function watchRoutes(scene: Scene, name: string, from: string, routes: Accepted[], signal: AbortSignal) {
  for await (const event of scene.objects.watch('VirtualService', from, signal)) {
    if (event.type === 'bookmark' || event.object.metadata.namespace !== name) continue;
    routes.push({ at: Date.now(), exposed: isExposed(event.object as VirtualService) });
  }
}

const isExposed = ({ spec }: VirtualService): boolean =>
  (spec.http ?? []).some(
    ({ route = [], mirrors = [] }) =>
      mirrors.length > 0 || route.some(({ destination, weight = 1 }) => destination.subset === 'v2' && weight > 0),
  );

/** pod.ts in place of the example's server, with a second between the end of its endpoint and SIGTERM. */
export function withPods(object: KubeObject): KubeObject {
  if (object.kind !== 'Deployment') return object;
  const deployment = object as Deployment;
  const { template } = deployment.spec;
  const containers = template.spec.containers.map((container) => ({
    ...container,
    command: ['node', POD],
    lifecycle: { preStop: { sleep: { seconds: 1 } } },
  }));
  const spec = { ...deployment.spec, template: { ...template, spec: { ...template.spec, containers } } };
  return { ...deployment, spec } as KubeObject;
}
