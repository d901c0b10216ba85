// Callers of the conformance suite: for each set of pod labels an Envoy of its own, that stands for the address of the Service.
// Never sends a request of a case. Called by istio-plane.ts.
import type { KubeObject } from '../../src/api/object.ts';
import type { Objects } from '../../src/objects/objects.ts';
import type { Address } from '../conformance/data-plane.ts';
import { NAMESPACE } from '../conformance/manifests.ts';
import { waitFor } from '../support/wait.ts';
import { PORTS, type TestCluster } from './cluster.ts';
import type { Component } from './component.ts';
import { startEnvoy } from './envoy.ts';
import { clusterTools } from './tools.ts';

export interface Caller {
  readonly address: Address;
  readonly envoy: Component;
  /** Addresses of a cluster's endpoints that Envoy would send to. */
  endpoints(cluster: string): Promise<readonly string[]>;
  /** Requests under way to a cluster. */
  active(cluster: string): Promise<number>;
  /** Counters of all clusters, by their names. */
  counters(): Promise<ReadonlyMap<string, number>>;
}

export interface Callers {
  of(labels: Readonly<Record<string, string>>): Promise<Caller>;
  all(): readonly Caller[];
  close(): Promise<void>;
}

/** Which Sidecar is whose. */
const LABEL = 'serin.dev/caller';
const FIRST_ADMIN_PORT = 15_100;

export function createCallers(cluster: TestCluster, objects: Objects): Callers {
  const program = envoyOrThrow();
  const known = new Map<string, Caller>();

  async function start(labels: Readonly<Record<string, string>>): Promise<Caller> {
    const index = known.size;
    const name = `caller-${index}`;
    const host = `127.0.0.${10 + index}`;
    const adminPort = FIRST_ADMIN_PORT + index;
    await objects.create(sidecar(name, host));
    await objects.create(anyHost(name));
    const envoy = await startEnvoy({
      envoy: program,
      folder: cluster.folder,
      xdsPort: PORTS.xds,
      name,
      namespace: NAMESPACE,
      type: 'sidecar',
      address: `10.244.0.${10 + index}`,
      labels: { ...labels, [LABEL]: name },
      adminPort,
      // One thread, so that limits and turns are exact.
      concurrency: 1,
    });
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${adminPort}${path}`)).text();
    await waitFor(
      `${name} is ready`,
      async () => envoy.check() && (await ask('/ready').catch(() => '')).trim() === 'LIVE',
    );
    return {
      address: { host, port: 80 },
      envoy,
      endpoints: async (wanted) => endpointsOf(await ask('/clusters?format=json'), wanted),
      active: async (wanted) =>
        (await countersOf(ask, 'upstream_rq_active')).get(`cluster.${wanted};.upstream_rq_active`) ?? 0,
      counters: () => countersOf(ask, String.raw`^cluster\.outbound`),
    };
  }

  return {
    async of(labels) {
      const key = JSON.stringify(Object.entries(labels).sort());
      const caller = known.get(key) ?? (await start(labels));
      known.set(key, caller);
      return caller;
    },
    all: () => [...known.values()],
    async close() {
      for (const { envoy } of known.values()) {
        await envoy.stop();
        for (const kind of ['Sidecar', 'EnvoyFilter'])
          await objects.remove({ kind, namespace: NAMESPACE, name: envoy.name });
      }
      known.clear();
    },
  };
}

function envoyOrThrow(): string {
  const tools = clusterTools();
  if ('reason' in tools) throw new Error(tools.reason);
  return tools.envoy;
}

const sidecar = (name: string, bind: string): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Sidecar',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    workloadSelector: { labels: { [LABEL]: name } },
    egress: [
      {
        port: { number: 80, name: 'http', protocol: 'HTTP' },
        bind,
        captureMode: 'NONE',
        hosts: [`${NAMESPACE}/*`],
      },
    ],
  },
});

/** The address is the Service's: whatever Host header a request has, it is for that Service. istiod's routes stay as they are. */
const anyHost = (name: string): KubeObject => ({
  apiVersion: 'networking.istio.io/v1alpha3',
  kind: 'EnvoyFilter',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    workloadSelector: { labels: { [LABEL]: name } },
    configPatches: [
      virtualHost('allow_any', { operation: 'REMOVE' }),
      virtualHost(`app.${NAMESPACE}.svc.cluster.local:80`, { operation: 'MERGE', value: { domains: ['*'] } }),
    ],
  },
});

const virtualHost = (name: string, patch: object): object => ({
  applyTo: 'VIRTUAL_HOST',
  match: { context: 'SIDECAR_OUTBOUND', routeConfiguration: { vhost: { name } } },
  patch,
});

interface ClustersDump {
  readonly cluster_statuses?: readonly {
    readonly name: string;
    readonly host_statuses?: readonly {
      readonly health_status?: { readonly eds_health_status?: string };
      readonly address: { readonly socket_address: { readonly address: string; readonly port_value: number } };
    }[];
  }[];
}

function endpointsOf(text: string, wanted: string): readonly string[] {
  const { cluster_statuses: clusters = [] } = JSON.parse(text) as ClustersDump;
  const found = clusters.find(({ name }) => name === wanted);
  // istiod tells of pods that are not ready as well; Envoy does not send to them.
  const healthy = (found?.host_statuses ?? []).filter(
    ({ health_status: status }) => (status?.eds_health_status ?? 'HEALTHY') === 'HEALTHY',
  );
  return healthy.map(({ address: { socket_address: socket } }) => `${socket.address}:${socket.port_value}`);
}

async function countersOf(
  ask: (path: string) => Promise<string>,
  filter: string,
): Promise<ReadonlyMap<string, number>> {
  const text = await ask(`/stats?filter=${encodeURIComponent(filter)}`);
  const lines = text.split('\n').map((line) => line.split(': '));
  return new Map(
    lines.filter(([, value]) => /^\d+$/.test(value ?? '')).map(([name = '', value]) => [name, Number(value)]),
  );
}
