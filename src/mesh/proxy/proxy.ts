// The data plane: clusters and routes as configured, and the addresses at which callers reach them.
// Never talks to the supervisor. Called by main.ts, and by benchmarks.
import type { Random } from '../../lib/random.ts';
import type { CallerConfig, MeshConfig, ServiceConfig } from '../config.ts';
import type { ProxyStats } from '../messages.ts';
import { Cluster } from './cluster.ts';
import type { Runtime } from './exchange.ts';
import { type Listener, listen } from './listener.ts';
import { bindRoutes, type Routes } from './routes.ts';

export interface MeshProxy {
  /** Takes effect at once for new requests; those in flight go on as they began. */
  configure(config: MeshConfig): void;
  /** The port of a new address for that service (`ServiceConfig.key`) and caller; undefined when it is not configured. */
  listen(service: string, caller: CallerConfig): Promise<number | undefined>;
  clusters(): Iterable<Cluster>;
  stats(accessDropped: number): ProxyStats;
  close(): Promise<void>;
}

interface Bound {
  readonly service: ServiceConfig;
  readonly routes: Routes;
}

export function createProxy(runtime: Runtime, balancing: Random): MeshProxy {
  const clusters = new Map<string, Cluster>();
  const listeners: Listener[] = [];
  let bound = new Map<string, Bound>();
  let version = 0;

  return {
    configure(config) {
      const wanted = new Set(config.clusters.map(({ name }) => name));
      for (const [name, cluster] of clusters) {
        if (wanted.has(name)) continue;
        cluster.drain();
        clusters.delete(name);
      }
      for (const cluster of config.clusters) {
        const known = clusters.get(cluster.name);
        if (known === undefined) clusters.set(cluster.name, new Cluster(cluster, balancing));
        else known.configure(cluster);
      }
      bound = new Map(
        config.services.map((service) => [service.key, { service, routes: bindRoutes(service, clusters) }]),
      );
      version = config.version;
    },
    async listen(key, caller) {
      const first = bound.get(key);
      if (first === undefined) return undefined;
      // A service that has gone leaves its address behind: nothing is routed there any more.
      const gone: Bound = { service: first.service, routes: () => undefined };
      const listener = await listen(runtime, () => ({ caller, ...(bound.get(key) ?? gone) }));
      listeners.push(listener);
      return listener.port;
    },
    clusters: () => clusters.values(),
    stats: (accessDropped) => ({
      version,
      clusters: Object.fromEntries([...clusters].map(([name, cluster]) => [name, cluster.stats()])),
      open: listeners.reduce((sum, listener) => sum + listener.open, 0),
      accessDropped,
    }),
    async close() {
      await Promise.all(listeners.map((listener) => listener.close()));
      for (const cluster of clusters.values()) cluster.drain();
    },
  };
}
