// The mesh's proxy in the test's own process, with pods that are servers of the test, so that a test can hold both ends.
// Never part of the product. Called by tests of src/mesh/proxy.
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { seededRandom } from '../../src/lib/random.ts';
import type { CallerConfig, ClusterConfig, MeshConfig, RouteConfig } from '../../src/mesh/config.ts';
import type { AccessEntry, ClusterStats } from '../../src/mesh/messages.ts';
import { createIstioMetrics } from '../../src/mesh/proxy/istio-metrics.ts';
import { metricsPage } from '../../src/mesh/proxy/metrics-page.ts';
import { createProxy, type MeshProxy } from '../../src/mesh/proxy/proxy.ts';
import { createTelemetry } from '../../src/mesh/proxy/telemetry.ts';
import { describeWorkload } from '../../src/mesh/workload.ts';

export interface Pod {
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
  /** Connections accepted so far. */
  readonly accepted: () => number;
  readonly server: Server;
  close(): Promise<void>;
}

export async function startPod(listener: RequestListener, prepare: (server: Server) => void = () => {}): Promise<Pod> {
  const server = createServer(listener);
  server.keepAliveTimeout = 60_000;
  prepare(server);
  return watched(server);
}

/** A server below HTTP. */
export const startTcpPod = (onConnection: (socket: Socket) => void): Promise<Pod> =>
  watched(createTcpServer(onConnection) as unknown as Server);

async function watched(server: Server): Promise<Pod> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    accepted: () => accepted,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export const CALLER: CallerConfig = {
  labels: { app: 'users' },
  namespace: 'demo',
  workload: describeWorkload({ app: 'users' }, 'demo', 'users'),
};

/** Cluster `v1` of the service `app`, with these pods. */
export function cluster(name: string, ports: readonly number[], more: Partial<ClusterConfig> = {}): ClusterConfig {
  return {
    name,
    host: 'app.demo.svc.cluster.local',
    port: 80,
    subset: name,
    service: 'app',
    namespace: 'demo',
    balancer: 'roundRobin',
    limits: { connectTimeoutMs: 1000 },
    endpoints: ports.map((port) => ({
      address: '127.0.0.1',
      port,
      pod: `${name}-${port}`,
      workload: describeWorkload({ app: 'app', version: name }, 'demo', `app-${name}`),
    })),
    ...more,
  };
}

export type ForwardMore = Partial<Extract<RouteConfig['action'], { kind: 'forward' }>>;

/** One route to `to`. */
export const routeTo = (to: string, more: ForwardMore = {}): RouteConfig => ({
  name: 'only',
  action: {
    kind: 'forward',
    destinations: [{ cluster: to, weight: 1, headers: { request: [], response: [] } }],
    mirrors: [],
    timeoutMs: 0,
    ...more,
  },
});

export interface LocalProxy {
  readonly url: string;
  readonly port: number;
  readonly entries: AccessEntry[];
  configure(clusters: readonly ClusterConfig[], routes: readonly RouteConfig[]): void;
  stats(name: string): ClusterStats;
  page(): string;
  readonly proxy: MeshProxy;
  close(): Promise<void>;
}

export async function startLocalProxy(
  clusters: readonly ClusterConfig[],
  routes: readonly RouteConfig[],
): Promise<LocalProxy> {
  const metrics = createIstioMetrics();
  const entries: AccessEntry[] = [];
  const telemetry = createTelemetry(metrics, { wanted: true, push: (entry) => entries.push(entry) }, () => Date.now());
  let ids = 0;
  const requestId = () => {
    ids += 1;
    return `request-${ids}`;
  };
  const proxy = createProxy(
    { streams: seededRandom(1), random: seededRandom(2), requestId, telemetry },
    seededRandom(3),
  );
  let version = 0;
  const configure: LocalProxy['configure'] = (nextClusters, nextRoutes) => {
    version += 1;
    const service = { key: 'app', host: 'app.demo.svc.cluster.local', port: 80, service: 'app', namespace: 'demo' };
    const config: MeshConfig = { version, services: [{ ...service, routes: nextRoutes }], clusters: nextClusters };
    proxy.configure(config);
  };
  configure(clusters, routes);
  const port = await proxy.listen('app', CALLER);
  if (port === undefined) throw new Error('the proxy does not serve its only service');
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    entries,
    configure,
    stats: (name) => proxy.stats(0).clusters[name]!,
    page: () => metricsPage(metrics, proxy.clusters()),
    proxy,
    close: () => proxy.close(),
  };
}
